import { exerciseOf } from './exercise.js';
import type { Mutant } from './mutant.js';

const planted = exerciseOf('fastify');
const signIn = 'dist/auth/sign-in.js';
const log = 'dist/telemetry/log.js';
const requests = 'dist/requests.js';
const problems = 'dist/problems.js';
const measured = 'dist/telemetry/metrics.js';
const headers = 'dist/http/headers.js';
const fields = 'traceId, spanId, method, route, status, durationMs }';

export const observability: Mutant[] = [
  {
    row: 'LG1',
    name: 'calls the message otherwise',
    file: log,
    from: "messageKey: 'message'",
    to: "messageKey: 'msg'",
  },
  {
    row: 'LG1',
    name: 'logs URLs',
    file: requests,
    from: fields,
    to: fields.replace('}', ', url: request.url }'),
  },
  {
    row: 'LG1',
    name: 'logs headers',
    file: requests,
    from: fields,
    to: fields.replace('}', ', headers }'),
  },
  {
    row: 'LG1',
    name: 'logs what callers send as it is',
    file: requests,
    from: 'const span = startServerSpan(',
    to: "console.log(decodeURIComponent(headers['user-agent'] ?? '{}')); const span = startServerSpan(",
  },
  {
    row: 'LG1',
    name: 'leaves the span out of its log',
    file: requests,
    from: fields,
    to: fields.replace('spanId, ', ''),
    also: ['TR1'],
  },
  {
    row: 'LG3',
    name: 'says nothing of refused sign-ins',
    file: signIn,
    from: "this.#warn('sign-in refused', 'authn_login_fail', { accountHash: this.#accountHash(email) }, context);",
    to: '',
  },
  {
    row: 'LG3',
    name: 'says who could not sign in',
    file: signIn,
    from: 'accountHash: this.#accountHash(email)',
    to: 'accountHash: email',
  },
  {
    row: 'LG3',
    name: 'says nothing of refresh tokens that come back',
    file: signIn,
    from: "'authn_token_reuse'",
    to: "'token_reuse'",
  },
  planted('lost-trace', 'begins a trace of its own each time'),
  {
    row: 'TR1',
    name: 'gives dependencies a trace of their own',
    file: 'dist/telemetry/trace.js',
    from: 'trace.setSpan(ROOT_CONTEXT, parent)',
    to: 'ROOT_CONTEXT',
  },
  {
    row: 'TR1',
    name: 'has no spans for its cache',
    file: 'dist/cache/redis-store.js',
    from: "await inSpan(context.span, 'GET', spanAttributes, read)",
    to: 'await read()',
  },
  {
    row: 'TR1',
    name: 'takes any trace id',
    file: 'dist/telemetry/tracing.js',
    from: 'headers.traceparent ?',
    to: "headers.traceparent ? trace.setSpanContext(ROOT_CONTEXT, { traceId: headers.traceparent.split('-')[1], spanId: headers.traceparent.split('-')[2], traceFlags: 1, isRemote: true }) : headers.traceparent ?",
  },
  planted('exploding-metrics', 'labels by path'),
  {
    row: 'MX1',
    name: 'labels what does not exist by path',
    file: requests,
    from: 'http_route: route',
    to: "http_route: route === 'unmatched' ? request.url : route",
  },
  { row: 'MX1', name: 'measures to 7.5 s', file: measured, from: '5, 7.5, 10]', to: '5, 7.5]' },
  {
    row: 'MX1',
    name: 'shows its metrics to everybody',
    file: 'dist/plugins/health.js',
    from: "app.get('/livez'",
    to: "app.get('/metrics', () => app.metrics.expose()); app.get('/livez'",
  },
  {
    row: 'MX2',
    name: 'does not count fallbacks of the limiter',
    file: 'dist/limits/limiter.js',
    from: 'metrics.rateLimitFallback.inc();',
    to: '',
  },
  {
    row: 'MX2',
    name: 'does not tell the size of its pool',
    file: 'dist/database/pool.js',
    from: 'metrics.connectionsMax.set(label, config.DB_POOL_MAX)',
    to: '{}',
  },
  {
    row: 'MX2',
    name: 'does not count hits of its first level',
    file: 'dist/cache/two-level.js',
    from: 'hits.inc();',
    to: '',
  },
  {
    row: 'MX2',
    name: 'does not count what it sheds',
    file: measured,
    from: "'http_server_shed_requests_total'",
    to: "'shed_total'",
  },
  {
    row: 'MX2',
    name: 'does not tell that a breaker has opened',
    file: 'dist/resilience.js',
    from: 'metrics.breakerState.set({ name }, stateNumber[state])',
    to: '{}',
  },
  {
    row: 'SE1',
    name: 'lets browsers guess types',
    file: headers,
    from: "'x-content-type-options': 'nosniff',",
    to: '',
  },
  {
    row: 'SE1',
    name: 'tells what it is made of',
    file: headers,
    from: "'referrer-policy': 'no-referrer',",
    to: "'referrer-policy': 'no-referrer', 'x-powered-by': 'it',",
  },
  {
    row: 'SE1',
    name: 'allows every origin',
    file: 'dist/plugins/cors.js',
    from: 'origin: app.config.CORS_ORIGINS',
    to: 'origin: true',
  },
  {
    row: 'SE1',
    name: 'allows the origin "null"',
    file: 'dist/plugins/cors.js',
    from: 'origin: app.config.CORS_ORIGINS',
    to: "origin: ['null', ...app.config.CORS_ORIGINS]",
  },
  {
    row: 'SE1',
    name: 'lets its documentation run any script',
    file: 'dist/http/docs.js',
    from: `"script-src 'self'"`,
    to: `"script-src 'self' 'unsafe-inline'"`,
  },
  {
    row: 'SE1',
    name: 'does not tell caches that answers differ by origin',
    file: 'dist/http/responses.js',
    from: "['accept', ...credentialHeaders, 'origin']",
    to: "['accept', ...credentialHeaders]",
  },
  planted('password-in-the-log', 'logs bodies of sign-ins'),
  {
    row: 'LG5',
    name: 'logs the tokens that it issues',
    file: signIn,
    from: "this.#events.inc({ event: 'refreshed' });",
    to: "this.#events.inc({ event: 'refreshed' }); this.given.log.info(outcome, 'refreshed');",
  },
  {
    row: 'LG5',
    name: 'logs what it refuses',
    file: problems,
    from: 'const problem = problemOf(',
    to: `if (request.body) request.log.warn({ body: request.body }, 'refused');
      const problem = problemOf(`,
  },
  {
    row: 'LG5',
    name: 'logs tokens that it refuses',
    file: problems,
    from: 'const problem = problemOf(',
    to: `const { authorization } = request.headers;
      if (error.type === 'unauthenticated') request.log.trace({ authorization }, 'refused');
      const problem = problemOf(`,
  },
  {
    row: 'MX3',
    name: 'measures milliseconds as seconds',
    file: requests,
    from: 'http_response_status_code: status }, seconds)',
    to: 'http_response_status_code: status }, seconds * 1000)',
  },
  {
    row: 'MX3',
    name: 'logs seconds as milliseconds',
    file: requests,
    from: 'Math.round(seconds * 1e6) / 1000',
    to: 'Math.round(seconds * 1e6) / 1e6',
  },
  {
    row: 'MX3',
    name: 'measures from the end of the body',
    file: 'dist/plugins/requests.js',
    from: 'shedding.leave(context);\n        shedding.enter(context,',
    to: 'context.startedAt = performance.now();\n        shedding.leave(context);\n        shedding.enter(context,',
  },
  {
    row: 'MX3',
    name: 'measures the use of connections in milliseconds',
    file: 'dist/database/pool.js',
    from: 'useTime.observe((performance.now() - start) / 1000)',
    to: 'useTime.observe(performance.now() - start)',
  },
  {
    row: 'MX3',
    name: 'counts idle connections as used',
    file: 'dist/database/pool.js',
    from: 'pool.totalCount - idle',
    to: 'pool.totalCount',
  },
];
