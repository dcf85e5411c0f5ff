import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectEqual, expectHeader, expectProblem, expectThat } from '../../http/expectations.js';
import { windowSeconds } from '../shared/small-limits.js';

/**
 * The limit according to a response.
 * @throws Mismatch when a header is missing, or two of them do not agree
 */
export function expectLimitTold(response: Response): { limit: number; remaining: number } {
  const number = (name: string) => Number(expectHeader(response, name, /^\d+$/));
  const limit = number('X-RateLimit-Limit');
  const remaining = number('X-RateLimit-Remaining');
  const reset = number('X-RateLimit-Reset');
  const told = expectHeader(response, 'RateLimit-Policy');
  const policies = items(told);
  const current = items(expectHeader(response, 'RateLimit'));
  const [name] = current.keys();
  const { q, w } = policies.get(name ?? '') ?? {};
  const { r, t } = current.get(name ?? '') ?? {};
  const seen = `${told}; ${response.headers.ratelimit}`;
  expectThat(q === limit, `RateLimit-Policy with the quota ${limit} of X-RateLimit-Limit`, seen);
  expectThat(w !== undefined && w > 0, 'RateLimit-Policy with a window in seconds', seen);
  expectThat(r === remaining, `RateLimit with the ${remaining} left of X-RateLimit-Remaining`, seen);
  expectThat(t === undefined || t === reset, `RateLimit with the ${reset} s of X-RateLimit-Reset`, seen);
  expectThat(remaining <= limit, `at most ${limit} left`, remaining);
  expectThat(reset <= w, `a full bucket in ${w} s at most`, `X-RateLimit-Reset: ${reset}`);
  return { limit, remaining };
}

/** A list of names with numbers as parameters (RFC 9651): `"write";q=30;w=60`. */
function items(list: string): Map<string, Record<string, number>> {
  return new Map(
    list.split(',').map((item) => {
      const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
      const pairs = parameters.map((parameter) => parameter.split('='));
      return [
        name.replaceAll('"', ''),
        Object.fromEntries(pairs.map(([key, value]) => [key, Number(value)])),
      ];
    }),
  );
}

/**
 * A refusal because of a limit.
 * @returns its Retry-After, in seconds
 */
export function expectLimited(api: Api, response: Response): number {
  expectProblem(response, 429, 'rate-limited');
  expectEqual(expectLimitTold(response).remaining, 0, 'remaining of a refused request:');
  const seconds = Number(expectHeader(response, 'Retry-After', /^[1-9]\d*$/));
  expectThat(seconds <= windowSeconds(api), `Retry-After of ${windowSeconds(api)} s at most`, seconds);
  return seconds;
}
