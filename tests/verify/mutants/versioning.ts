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
];
