import { exerciseOf } from './exercise.js';
import type { Mutant } from './mutant.js';

const planted = exerciseOf('fastify');
const problems = 'dist/problems.js';
const app = 'dist/app.js';
const validation = 'dist/plugins/validation.js';
const openapi = 'dist/openapi.js';
const bodies = 'dist/plugins/bodies.js';
const requests = 'dist/plugins/requests.js';
const operations = 'dist/plugins/operations.js';
/** What a route has once its checks are made of its limit. */
const checked = '...[route.onRequest ?? []].flat()];';
const routing = 'dist/plugins/other-methods.js';
const negotiation = 'dist/http/negotiation.js';

export const errors: Mutant[] = [
  {
    row: 'PD1',
    name: 'does not say what path an error is about',
    file: problems,
    from: "instance: request.url.split('?')[0]",
    to: "instance: '/'",
  },
  {
    row: 'PD1',
    name: 'answers errors as plain JSON',
    file: problems,
    from: ".type('application/problem+json; charset=utf-8')",
    to: ".type('application/json')",
    also: ['PD2', 'ID1', 'VA1', 'VA2', 'VA3', 'VA4', 'VA5', 'ME1', 'MT1', 'MT3', 'BL1', 'BL4', 'OA1'],
  },
  {
    row: 'PD4',
    name: 'leaves unreadable requests to the HTTP parser',
    file: app,
    from: 'clientErrorHandler: answerUnreadable,',
    to: '',
  },
  {
    row: 'PD2',
    name: "shows the framework's own page for a bad URL",
    file: app,
    from: 'frameworkErrors(error, request, reply) {',
    to: 'unused(error, request, reply) {',
    also: ['VA5'],
  },
  planted('telltale-error', 'tells the message of an unexpected error'),
  {
    row: 'VA1',
    name: 'calls malformed JSON invalid',
    file: problems,
    from: "error.statusCode === 400 ? new Problem('malformed-request', { cause: error })",
    to: "error.statusCode === 400 ? new Problem('validation-failed', { cause: error })",
  },
  {
    row: 'VA2',
    name: 'reports the first error alone',
    file: validation,
    from: 'allErrors: true',
    to: 'allErrors: false',
    also: ['VA4'],
  },
  {
    row: 'VA2',
    name: 'echoes the rejected body',
    file: problems,
    from: 'const { traceId } = context.span.spanContext();',
    to: `const { traceId } = context.span.spanContext();
      if (problem.type === 'validation-failed') problem.message = JSON.stringify(request.body);`,
  },
  {
    row: 'VA3',
    name: 'ignores unknown query parameters',
    file: openapi,
    from: 'additionalProperties: false',
    to: 'additionalProperties: true',
  },
  {
    row: 'VA4',
    name: 'turns texts into numbers and numbers into texts in bodies',
    file: validation,
    from: 'const bodies = newAjv(false);',
    to: 'const bodies = newAjv(true);',
  },
  {
    row: 'VA5',
    name: 'asks the database for anything that stands in the path',
    file: openapi,
    from: "params: objectOf(all.filter((parameter) => parameter.in === 'path')),",
    to: '',
  },
  {
    row: 'VA6',
    name: 'relies on an e-mail that the document does not require',
    file: 'openapi.yaml',
    from: 'required: [email, password]',
    to: 'required: [password]',
  },
  {
    row: 'ME1',
    name: 'drops the Allow header',
    file: routing,
    from: "throw new Problem('method-not-allowed', { headers: { allow } });",
    to: "throw new Problem('method-not-allowed');",
  },
  {
    row: 'ME1',
    name: 'answers other methods with 404',
    file: routing,
    from: "throw new Problem('method-not-allowed', { headers: { allow } });",
    to: "throw new Problem('not-found');",
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
    from: "{ [method === 'PATCH' ? 'accept-patch' : 'accept']: mediaTypes.join(', ') }",
    to: '{}',
  },
  {
    row: 'BL1',
    name: 'does not count what comes in chunks',
    file: operations,
    from: checked,
    to: `${checked} route.bodyLimit = 1e9;`,
    also: ['BL4'],
  },
  {
    row: 'MT2',
    name: 'parses a body where there is none',
    file: bodies,
    from: 'if (body.length === 0 && !required)',
    to: 'if (body === undefined)',
  },
  {
    row: 'MT3',
    name: 'takes any charset',
    file: negotiation,
    from: "/^utf-?8$/i.test(type.params.get('charset') ?? 'utf-8')",
    to: "type.params.get('charset') !== ''",
  },
  {
    row: 'MT3',
    name: 'ignores content codings',
    file: negotiation,
    from: "coding.trim().toLowerCase() !== 'identity'",
    to: "coding === ''",
  },
  {
    row: 'MT3',
    name: 'replaces bytes that are not UTF-8',
    file: 'dist/http/json-body.js',
    from: '!isUtf8(body)',
    to: 'isUtf8 === undefined',
  },
  {
    row: 'BL3',
    name: 'has one limit for all bodies',
    file: operations,
    from: "schema['x-body-limit'] ?? Number.POSITIVE_INFINITY",
    to: 'Number.POSITIVE_INFINITY',
  },
  {
    row: 'BL3',
    name: 'tells every error of a body',
    file: problems,
    from: 'violations.slice(0, violationsTold)',
    to: 'violations',
  },
  {
    row: 'HT1',
    name: 'takes an address from the trailers',
    file: requests,
    from: 'async ({ context }) => {',
    to: "async ({ context, raw }) => { context.address = raw.trailers['x-forwarded-for'] ?? context.address;",
  },
  {
    row: 'HT2',
    name: 'refuses offers of another protocol',
    file: app,
    from: "app.decorate('config', config);",
    to: `app.decorate('config', config);
    app.server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\\r\\n\\r\\n'));`,
  },
  {
    row: 'ID1',
    name: 'takes any X-Request-Id',
    file: 'dist/requests.js',
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
  {
    row: 'BL4',
    name: 'takes merge patches of any size',
    file: operations,
    from: checked,
    to: `${checked} if (route.method === 'PATCH') route.bodyLimit = 1e9;`,
  },
  {
    row: 'BL4',
    name: 'refuses bodies that are as large as they may be',
    file: 'dist/http/negotiation.js',
    from: 'Number(length) > limitBytes',
    to: 'Number(length) >= limitBytes',
  },
  {
    row: 'BL4',
    name: 'lets replacements be larger',
    file: operations,
    from: checked,
    to: `${checked} if (route.method === 'PUT') route.bodyLimit *= 4;`,
  },
  {
    row: 'ER1',
    name: 'tells which constraint an account would break',
    file: 'dist/auth/account-changes.js',
    from: "detail: 'There is an account with this e-mail address.',",
    to: 'detail: error.message,',
  },
  {
    row: 'ER1',
    name: 'tells what the driver says of a database that is down',
    file: 'dist/problem.js',
    from: 'is not available at the moment.`,',
    to: 'is not available at the moment: ` + cause?.message,',
  },
  {
    row: 'ER1',
    name: 'names the index in a header',
    file: 'dist/auth/account-changes.js',
    from: "mail address.',",
    to: "mail address.', headers: { 'x-reason': error.detail },",
  },
  {
    row: 'VA2',
    name: 'writes names into pointers as they are',
    file: 'dist/http/violations.js',
    from: "step.replaceAll('~', '~0').replaceAll('/', '~1')",
    to: 'step',
  },
  {
    row: 'VA4',
    name: 'takes unknown members of a sign-in that lacks nothing',
    file: 'dist/plugins/validation.js',
    from: 'return validate;',
    to: `return (body) => validate(body) || (/Auth/.test(JSON.stringify(schema))
          && validate.errors.every(({ keyword }) => keyword === 'additionalProperties')) || { error: validate.errors };`,
  },
  {
    row: 'VA4',
    name: 'takes unknown members of a sign-in',
    file: 'openapi.yaml',
    from: 'required: [email, password]\n      additionalProperties: false',
    to: 'required: [email, password]',
  },
  {
    row: 'PD1',
    name: 'describes no problem on its page',
    file: 'dist/http/docs.js',
    from: '<tr id="problem-',
    to: '<tr class="problem-',
  },
  {
    row: 'PD4',
    name: 'answers too long headers as malformed ones',
    file: 'dist/http/unreadable.js',
    from: "HPE_HEADER_OVERFLOW: new Problem('header-fields-too-large'),",
    to: '',
  },
  {
    row: 'MT3',
    name: 'takes every charset that ends like UTF-8',
    file: 'dist/http/negotiation.js',
    from: '/^utf-?8$/i',
    to: '/utf-?8$/i',
  },
];
