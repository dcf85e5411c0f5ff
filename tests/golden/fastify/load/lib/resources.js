/** The collections of openapi.yaml, each after those that it refers to. */
export const resources = [
  {
    path: '/v1/products',
    samples: [
      {"name":"Sample name 1","description":"First note","price":"9.99","status":"active"},
      {"name":"Sample name 2","description":"Second note","price":"19.50","status":"archived"},
      {"name":"Sample name 3","description":"Third note","price":"120.00","status":"draft"},
    ],
    fields: {
      name: { type: 'string', unique: false, schema: {"type":"string","minLength":1,"maxLength":120,"pattern":"^[^\\u0000]*$"} },
      description: { type: 'text', unique: false, schema: {"type":["string","null"],"minLength":0,"maxLength":10000,"pattern":"^[^\\u0000]*$"} },
      price: { type: 'decimal', unique: false, schema: {"type":"string","maxLength":20,"pattern":"^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,4})?$"} },
      status: { type: 'enum', unique: false, schema: {"type":"string","enum":["draft","active","archived"]} },
    },
  },
];
