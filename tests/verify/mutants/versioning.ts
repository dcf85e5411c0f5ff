import type { Mutant } from './mutant.js';

export const versioning: Mutant[] = [
  {
    row: 'VE1',
    name: 'answers every version alike',
    file: 'dist/app.js',
    from: 'genReqId: newRequestId,',
    to: "genReqId: newRequestId, rewriteUrl: ({ url }) => url.replace(/^\\/v2\\//, '/v1/'),",
  },
  {
    row: 'VE2',
    name: 'does not say when a deprecated operation ends',
    file: 'openapi.yaml',
    from: 'operationId: listProducts',
    to: 'operationId: listProducts\n      deprecated: true',
  },
  {
    row: 'OA1',
    name: 'answers a member that the document does not have',
    file: 'dist/plugins/health.js',
    from: "return { status: 'alive' };",
    to: "reply.type('application/json').serializer(JSON.stringify);\n        return { status: 'alive', host: 'api-1' };",
  },
  {
    row: 'OA2',
    name: 'fails for the largest page',
    file: 'dist/resources/products/routes.js',
    from: "const list = listRequest('products', request.query, filterable);",
    to: `if (request.query.limit === 100) throw new Error('too large');
      const list = listRequest('products', request.query, filterable);`,
  },
  {
    row: 'OA3',
    name: 'takes longer names with PATCH than with POST',
    file: 'openapi.yaml',
    from: /( ProductPatch:[\s\S]*?name: \{ type: string, minLength: 1, maxLength: )120/,
    to: '$1121',
  },
  {
    row: 'OA3',
    name: 'has an order without its reverse',
    file: 'openapi.yaml',
    from: 'enum: [createdAt, -createdAt, status, -status]',
    to: 'enum: [createdAt, -createdAt, status]',
  },
  {
    row: 'OA5',
    name: 'refuses the longest If-None-Match',
    file: 'dist/http/conditional.js',
    from: 'ifNoneMatch.length > longest',
    to: 'ifNoneMatch.length >= longest',
  },
  {
    row: 'OA5',
    name: 'takes longer keys of requests',
    file: 'dist/writes.js',
    from: '{1,255}',
    to: '{1,256}',
  },
  {
    row: 'OA5',
    name: 'cuts off lists of values that are too long',
    file: 'dist/http/comma-lists.js',
    from: "value.split(',')",
    to: "value.split(',').slice(0, 20)",
  },
];
