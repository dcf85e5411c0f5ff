import { exerciseOf } from './exercise.js';
import type { Mutant } from './mutant.js';

const planted = exerciseOf('express');
const middleware = (name: string) => `dist/middleware/${name}.js`;
const errors = middleware('errors');
const bodies = middleware('bodies');
const validation = middleware('validate');
const requests = middleware('requests');
const products = 'dist/resources/products/routes.js';
const signIn = 'dist/auth/routes.js';
const responses = 'dist/http/responses.js';
const server = 'dist/server.js';

/** Changes to the HTTP layer of an Express project. */
export const express: Mutant[] = [
  {
    row: 'PD1',
    name: 'does not say what path an error is about',
    file: errors,
    from: "instance: request.url.split('?')[0],",
    to: "instance: '/',",
  },
  {
    row: 'PD1',
    name: 'answers errors as plain JSON',
    file: errors,
    from: ".type('application/problem+json')",
    to: ".type('application/json')",
    also: ['PD2'],
  },
  {
    row: 'PD2',
    name: 'leaves errors of the HTTP parser to Node.js',
    file: server,
    from: "server.on('clientError', answerUnreadable);",
    to: '',
  },
  planted('telltale-error', 'tells the message of an unexpected error'),
  {
    row: 'ID1',
    name: 'takes any X-Request-Id',
    file: requests,
    from: "typeof given === 'string' && requestIdForm.test(given)",
    to: "typeof given === 'string'",
  },
  {
    row: 'VA1',
    name: 'takes malformed JSON for a failure of its own',
    file: bodies,
    from: /(throw encoded\(\);\s+throw new Problem\(')malformed-request/,
    to: '$1internal',
  },
  {
    row: 'VA2',
    name: 'names only the first error of a body',
    file: validation,
    from: 'allErrors: true',
    to: 'allErrors: false',
  },
  {
    row: 'VA3',
    name: 'drops query parameters that it does not know',
    file: 'dist/openapi.js',
    from: /required\)\.map\(\(\{ name \}\) => name\),\s+additionalProperties: false,/,
    to: 'required).map(({ name }) => name),',
  },
  {
    row: 'VA5',
    name: 'refuses an identifier that can be none as a parameter',
    file: validation,
    from: "throw new Problem('not-found');",
    to: "throw new Problem('invalid-parameter');",
  },
  {
    row: 'ME1',
    name: 'leaves HEAD out of Allow',
    file: middleware('methods'),
    from: "['head', 'options']",
    to: "['options']",
  },
  {
    row: 'MT1',
    name: 'takes a body of any media type',
    file: bodies,
    from: 'if (req.is(mediaTypes) === false)',
    to: 'if (false)',
  },
  {
    row: 'MT3',
    name: 'takes a body in any charset',
    file: bodies,
    from: "if (charset !== 'utf-8')",
    to: 'if (false)',
  },
  {
    row: 'BL1',
    name: 'takes bodies of any size',
    file: bodies,
    from: 'Math.min(bodyLimit, req.app.locals.config.BODY_LIMIT_BYTES)',
    to: 'Number.MAX_SAFE_INTEGER',
    also: ['BL4'],
  },
  {
    row: 'BL3',
    name: 'validates a body of any depth',
    file: validation,
    from: 'requireBounded(req.body);',
    to: '',
  },
  {
    row: 'PG5',
    name: 'gives no link to the next page',
    file: responses,
    from: 'if (nextCursor !== null)',
    to: 'if (false)',
  },
  {
    row: 'ET2',
    name: 'sends again what a client has',
    file: responses,
    from: /if \(isKnown\(.+, etag\)\)\s+res\.status\(304\)\.end\(\);\s+else\s+res\.type\('application\/json'\)\.send\(entry\.body\);/,
    to: "res.type('application/json').end(entry.body);",
    also: ['ET4', 'CC4'],
  },
  {
    row: 'ET3',
    name: 'changes any version with PATCH',
    file: products,
    from: 'service.update(unit, req.params.id, changes, preconditionOf(req.headers))',
    to: 'service.update(unit, req.params.id, changes, {})',
  },
  planted('private-answers', 'lets shared caches keep what a caller sees who is signed in'),
  {
    row: 'CC2',
    name: 'lets caches keep the tokens of a sign-in',
    file: signIn,
    from: /(signIn\.login\(req\.body, req\.context\);\s+res)\.set\('cache-control', 'no-store'\)/,
    to: '$1',
  },
  {
    row: 'CC4',
    name: 'does not vary with Authorization',
    file: responses,
    from: "['accept', ...credentialHeaders, 'origin']",
    to: "['accept', 'origin']",
  },
  {
    row: 'RL1',
    name: 'states the limit only when it is reached',
    file: middleware('rate-limit'),
    from: /(res\.set\(rateLimitHeaders\(verdict\)\);)\s+(if \(verdict\.allowed\)\s+return;)/,
    to: '$2 $1',
    also: ['RL2', 'RL6'],
  },
  planted('password-guessing', 'does not limit attempts to sign in'),
  {
    row: 'AU1',
    name: 'gives no challenge with 401',
    file: middleware('auth'),
    from: "{ 'www-authenticate': req.app.locals.auth.challenge }",
    to: '{}',
    also: ['AU2'],
  },
  {
    row: 'AU3',
    name: 'lets every signed-in caller delete',
    file: products,
    from: "authenticate, writes, admins, validate('deleteProduct')",
    to: "authenticate, writes, requireRole(), validate('deleteProduct')",
    also: ['AU9'],
  },
  planted('restart-storm', 'is dead while a dependency is down'),
  {
    row: 'GS1',
    name: 'keeps connections open while it drains',
    file: requests,
    from: "if (lifecycle.phase === 'draining')",
    to: 'if (false)',
  },
  planted('cut-connections', 'closes idle connections after five seconds'),
  planted('exploding-metrics', 'measures the path in place of the route', ['LG1']),
  {
    row: 'SE1',
    name: 'lets every origin read',
    file: middleware('security'),
    from: "origins.includes(req.headers.origin ?? '') ? allow(req, res, next) : next()",
    to: 'cors()(req, res, next)',
  },
  {
    row: 'AU15',
    name: 'counts failed sign-ins for each address alone',
    file: 'dist/auth/failed-sign-ins.js',
    from: /const bucket = known .+;/,
    to: 'const bucket = own;',
  },
  {
    row: 'AU16',
    name: 'sends as many mails to an address as anybody asks for',
    file: signIn,
    from: 'await limit(req, res, mails, accountKey(req.body.email));',
    to: '',
  },
  {
    row: 'OA5',
    name: 'takes longer conditions of a change',
    file: 'dist/http/conditional.js',
    from: 'ifMatch.length > longest',
    to: 'ifMatch.length > 2 * longest',
  },
  {
    row: 'LG6',
    name: 'does not warn of what it answers 503',
    file: errors,
    from: "problem.type === 'internal' ? 'error' : 'warn'",
    to: "problem.type === 'internal' ? 'error' : 'debug'",
  },
  {
    row: 'MX4',
    name: 'does not take a query of those who read its metrics',
    file: 'dist/management.js',
    from: "request.url?.split('?')[0]",
    to: 'request.url',
  },
];
