import type { Mutant } from './mutant.js';

export const versioning: Mutant[] = [
  {
    row: 'VE1',
    name: 'answers every version alike',
    file: 'dist/http/server.js',
    from: 'listener(request, response);',
    to: "{ request.url = request.url.replace(/^\\/v2\\//, '/v1/'); listener(request, response); }",
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
    file: 'dist/http/probes.js',
    from: '{"status":"alive"}',
    to: '{"status":"alive","host":"api-1"}',
  },
];
