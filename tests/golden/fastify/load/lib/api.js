import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { plan } from './plan.js';

const base = (__ENV.BASE_URL || 'http://localhost:3000').replace(/\/+$/, '');
const tooManyRequests = 429;
const unavailable = 503;

/**
 * Sends one request and checks the answer. Ends the test where a rate limit answers: then it would measure the limit.
 * @param {string} method
 * @param {string} path
 * @param {{ name?: string, body?: object, headers?: Record<string, string>, expected?: number[] }} [more] `name` groups what
 * differs only in an id, e.g. `GET /v1/orders/{id}`; `expected` are statuses that are right. 503 with Retry-After is a refusal,
 * which counts as failed but is no wrong answer
 */
export function send(
  method,
  path,
  { name = `${method} ${path}`, body, headers = {}, expected = [200] } = {},
) {
  const response = http.request(method, `${base}${path}`, body === undefined ? null : JSON.stringify(body), {
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': type(method) }),
      ...headers,
    },
    tags: { name },
    timeout: `${plan.clientTimeoutS}s`,
    responseCallback: http.expectedStatuses(...expected),
  });
  if (response.status === tooManyRequests)
    exec.test.abort(
      `${name} answers 429: the rate limit of ${base} would be measured. Raise RATE_LIMIT_* of the API under test; see docs/load-tests.md.`,
    );
  const refused = response.status === unavailable && response.headers['Retry-After'] !== undefined;
  check(response, {
    [`${name} answers ${expected.join(' or ')}, or refuses`]: ({ status }) =>
      expected.includes(status) || refused,
  });
  return response;
}

/** Ends the test when something that it cannot do without is missing. */
export function must(response, what) {
  if (response.status < 200 || response.status > 299)
    exec.test.abort(
      `${what} failed with ${response.status || response.error}: ${response.body ?? 'no answer'}`,
    );
  return response;
}

function type(method) {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
