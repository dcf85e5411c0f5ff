import { randomUUID } from 'node:crypto';
import type { Api } from '../api.js';
import type { Response } from '../exchange.js';
import { expectEqual, expectHeader, expectProblem, expectStatus, expectThat } from '../expectations.js';
import type { Row } from '../row.js';
import { pause } from '../waiting.js';
import { login, newAccount, register } from './accounts.js';
import { limitsWithoutStore } from './limits-without-store.js';
import { watchMade } from './newest.js';
import {
  burst,
  expectExactly,
  newAddress,
  newCaller,
  quotaOf,
  read,
  smallLimits,
  windowSeconds,
  write,
} from './small-limits.js';

const group = 'limits';
const fields = 'draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4';

export const limits: Row[] = [
  {
    id: 'RL1',
    group,
    title: 'every limited answer tells of the limit',
    expected:
      'X-RateLimit-Limit, -Remaining and -Reset, RateLimit-Policy and RateLimit, which agree; on errors too',
    source: fields,
    mend: 'Write the headers where the limit is checked, before anything else can fail.',
    evidence: ['limited'],
    needs: ['resource'],
    quick: true,
    async run(api) {
      const { resource } = api;
      const list = await api.send({ path: resource.path, as: 'reader' });
      expectStatus(list, 200);
      expectLimitTold(list);
      const wrong = await api.send({ path: `${resource.path}?limit=abc`, as: 'reader' });
      expectStatus(wrong, 400);
      expectLimitTold(wrong);
      const missing = await api.send({ path: resource.item(randomUUID()), as: 'reader' });
      expectStatus(missing, 404);
      expectLimitTold(missing);
      const refused = await api.send({
        method: 'POST',
        path: resource.path,
        headers: { 'content-type': 'text/plain' },
        body: 'x',
      });
      expectStatus(refused, 401, 403, 415);
      expectLimitTold(refused);
    },
  },
  {
    id: 'RL2',
    group,
    title: 'one request too many',
    expected:
      '429 rate-limited with Retry-After, and nothing done; after that time it passes; nobody else is concerned',
    source: 'RFC 6585, section 4; RFC 9110, section 10.2.3; OWASP API4:2023',
    mend: 'Count per principal, or per address without one, before the request is carried out.',
    evidence: ['limited'],
    needs: ['started', 'resource', 'writing'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      const [instance] = api.fleet.instances;
      const quota = quotaOf(api, 'WRITE');
      const caller = newCaller(api);
      const first = expectLimitTold(await write(api, caller, instance!));
      expectEqual(
        [first.limit, first.remaining],
        [quota, quota - 1],
        'limit and remaining of the first request:',
      );
      const others = await burst(api, quota, [instance!], (to) => write(api, caller, to));
      expectThat(
        others.passed.length + 1 <= others.most,
        `at most ${others.most} of ${quota * 2 + 1} requests to pass`,
        others.passed.length + 1,
      );

      const made = await watchMade(api);
      const bodies = await Promise.all(Array.from({ length: 4 }, () => api.body()));
      const good = await Promise.all(
        bodies.map((json) =>
          api.send({ method: 'POST', path: api.resource.path, headers: caller, json, to: instance!.url }),
        ),
      );
      const refused = good.filter(({ status }) => status !== 201);
      expectThat(
        refused.length > 0,
        'good requests to be refused when the quota is used up',
        'all were carried out',
      );
      const retryAfter = Math.max(...refused.map((response) => expectLimited(api, response)));
      expectEqual((await made()).length, good.length - refused.length, 'items made:');

      expectStatus(await write(api, newCaller(api), instance!), 400);
      expectStatus(await api.send({ path: '/livez', headers: caller, to: instance!.url }), 200);
      await pause(retryAfter * 1000);
      expectStatus(await write(api, caller, instance!), 400);

      if (!caller.authorization) return;
      const address = newAddress();
      const strangers = await burst(api, quota, [instance!], (to) => write(api, address, to));
      expectExactly(quota, strangers, 'without credentials from one address');
      for (const { status } of strangers.passed) expectEqual(status, 401, 'the status without credentials');
      for (const response of strangers.refused) expectLimited(api, response);
    },
  },
  {
    id: 'RL3',
    group,
    title: 'limits hold over all instances',
    expected:
      'two instances together let through just the quota of writes, and never more than that of reads',
    source: 'OWASP API4:2023',
    mend: 'Keep the buckets in the shared cache, and take from them in one script on its clock.',
    evidence: ['limited', 'stateless', 'balanced'],
    needs: ['started', 'instances', 'resource'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      const { instances } = api.fleet;
      const writer = newCaller(api);
      const writes = await burst(api, quotaOf(api, 'WRITE'), instances, (to) => write(api, writer, to));
      expectExactly(quotaOf(api, 'WRITE'), writes, 'two instances together');
      for (const response of writes.refused) expectLimited(api, response);

      const quota = quotaOf(api, 'DEFAULT');
      const reader = newCaller(api, 'reader');
      const { passed, refused, most } = await burst(api, quota, instances, (to) => read(api, reader, to));
      // Instances may hold some tokens that the burst did not come to.
      const least = Math.ceil(quota * 0.75);
      expectThat(
        passed.length >= least && passed.length <= most,
        `${least} to ${most} of ${quota * 2} reads at once to pass two instances together`,
        `${passed.length} that passed`,
      );
      for (const response of passed) expectStatus(response, 200);
      for (const response of refused) expectLimited(api, response);
    },
  },
  {
    id: 'RL4',
    group,
    title: 'guessing a password',
    expected:
      '429 after as many attempts as the limit allows, over all instances and even with the right password; the owner is not locked out elsewhere',
    source: 'OWASP API2:2023; ASVS V6.3.1',
    mend: 'Limit sign-ins per account and address in the shared cache, before the password is looked at.',
    evidence: ['limited'],
    needs: ['started', 'accounts'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      const { instances } = api.fleet;
      const quota = quotaOf(api, 'AUTH');
      const account = newAccount();
      expectStatus(await register(api, account, newAddress()), 201);
      const attacker = newAddress();
      const guesses = await Promise.all(
        Array.from({ length: quota }, (_, place) => {
          const to = instances[place % instances.length]!.url;
          return login(api, { ...account, password: `wrong ${account.password}` }, attacker, to);
        }),
      );
      for (const guess of guesses) expectProblem(guess, 401, 'unauthenticated');
      for (const { url } of instances) expectLimited(api, await login(api, account, attacker, url));
      expectStatus(await login(api, account, newAddress()), 200);
    },
  },
  {
    id: 'RL5',
    group,
    title: 'a caller that makes up its address',
    expected:
      'X-Forwarded-For and the like are ignored where no proxy is trusted: one bucket for one connection',
    source: 'RFC 7239, section 8.1',
    mend: 'Take the address of the connection, and believe only as many proxies as TRUST_PROXY_HOPS says.',
    evidence: ['limited'],
    needs: ['started', 'resource'],
    quick: false,
    settings: { ...smallLimits, TRUST_PROXY_HOPS: 0 },
    async run(api) {
      const quota = quotaOf(api, 'WRITE');
      const answers = await burst(api, quota, api.fleet.instances.slice(0, 1), (to) => {
        const address = newAddress()['x-forwarded-for']!;
        return write(
          api,
          {
            'x-forwarded-for': `${newAddress()['x-forwarded-for']}, ${address}`,
            forwarded: `for=${address}`,
            'x-real-ip': address,
            'x-client-ip': address,
            'true-client-ip': address,
            'cf-connecting-ip': address,
          },
          to,
        );
      });
      expectExactly(quota, answers, 'with an address made up for each');
    },
  },
  ...limitsWithoutStore,
];

/**
 * The limit as an answer tells it.
 * @throws Mismatch when a header is missing, or two of them do not agree
 */
function expectLimitTold(response: Response): { limit: number; remaining: number } {
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
function expectLimited(api: Api, response: Response): number {
  expectProblem(response, 429, 'rate-limited');
  expectEqual(expectLimitTold(response).remaining, 0, 'remaining of a refused request:');
  const seconds = Number(expectHeader(response, 'Retry-After', /^[1-9]\d*$/));
  expectThat(seconds <= windowSeconds(api), `Retry-After of ${windowSeconds(api)} s at most`, seconds);
  return seconds;
}
