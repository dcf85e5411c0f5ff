import type { Mutant } from './mutant.js';

const problems = 'dist/plugins/problems.js';
const contract = 'dist/contract.js';
const routing = 'dist/http/routing.js';
const negotiation = 'dist/http/negotiation.js';

export const errors: Mutant[] = [
  {
    row: 'PD1',
    name: 'does not say what path an error is about',
    file: 'dist/http/problem-body.js',
    from: "instance: request.url.split('?')[0]",
    to: "instance: '/'",
  },
  {
    row: 'PD1',
    name: 'answers errors as plain JSON',
    file: 'dist/http/problem-body.js',
    from: "'content-type': 'application/problem+json; charset=utf-8'",
    to: "'content-type': 'application/json'",
    also: ['PD2', 'ID1', 'VA1', 'VA2', 'VA3', 'VA4', 'VA5', 'ME1', 'MT1', 'BL1', 'OA1'],
  },
  {
    row: 'PD2',
    name: 'leaves unreadable requests to the HTTP parser',
    file: 'dist/http/server.js',
    from: "server.on('clientError', answerUnreadable);",
    to: '',
  },
  {
    row: 'PD2',
    name: "shows the framework's own page for a bad URL",
    file: 'dist/app.js',
    from: 'frameworkErrors(error, request, reply) {',
    to: 'unused(error, request, reply) {',
  },
  {
    row: 'PD3',
    name: 'tells the message of an unexpected error',
    file: 'dist/http/problem-body.js',
    from: "detail: 'The error has been logged under the request id.'",
    to: 'detail: String(error?.cause ?? error)',
  },
  {
    row: 'VA1',
    name: 'calls malformed JSON invalid',
    file: problems,
    from: "return unreadable ? new Problem('malformed-request', { cause: error })",
    to: "return unreadable ? new Problem('validation-failed', { cause: error })",
  },
  {
    row: 'VA2',
    name: 'reports the first error alone',
    file: contract,
    from: 'allErrors: true',
    to: 'allErrors: false',
  },
  {
    row: 'VA2',
    name: 'echoes the rejected body',
    file: contract,
    from: 'throw invalidBody(body);',
    to: 'throw Object.assign(invalidBody(body), { message: JSON.stringify(request.body) });',
  },
  {
    row: 'VA3',
    name: 'ignores unknown query parameters',
    file: contract,
    from: 'additionalProperties: false',
    to: 'additionalProperties: true',
  },
  {
    row: 'VA4',
    name: 'turns texts into numbers and numbers into texts in bodies',
    file: contract,
    from: 'strict: false',
    to: 'strict: false, coerceTypes: true',
  },
  {
    row: 'VA5',
    name: 'asks the database for anything that stands in the path',
    file: contract,
    from: "if (!params(request.params))\n                throw new Problem('not-found');",
    to: '',
  },
  {
    row: 'ME1',
    name: 'drops the Allow header',
    file: routing,
    from: "return new Problem('method-not-allowed', { headers: { allow } });",
    to: "return new Problem('method-not-allowed');",
  },
  {
    row: 'ME1',
    name: 'answers other methods with 404',
    file: routing,
    from: "return new Problem('method-not-allowed', { headers: { allow } });",
    to: "return new Problem('not-found');",
  },
  {
    row: 'MT1',
    name: 'takes any type that begins with JSON in Accept',
    file: negotiation,
    from: '/^application\\/json(,|$)/.test(accept)',
    to: "accept.startsWith('application/json')",
  },
  {
    row: 'MT1',
    name: 'does not say which types it takes',
    file: negotiation,
    from: "headers: { [name]: mediaTypes.join(', ') },",
    to: '',
  },
  {
    row: 'BL1',
    name: 'does not count what comes in chunks',
    file: 'dist/app.js',
    from: 'bodyLimit: config.BODY_LIMIT_BYTES',
    to: 'bodyLimit: 1e9',
  },
  {
    row: 'ID1',
    name: 'takes any X-Request-Id',
    file: 'dist/http/headers.js',
    from: 'requestIdForm.test(given)',
    to: 'true',
  },
  {
    row: 'ID1',
    name: 'does not echo X-Request-Id',
    file: 'dist/http/headers.js',
    from: "'x-request-id': requestId,",
    to: '',
  },
];
