import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { login, newAccount, register } from '../shared/accounts.js';
import { watchMade } from '../shared/newest.js';
import {
  burst,
  type Caller,
  expectExactly,
  newAddress,
  newCaller,
  quotaOf,
  read,
  smallLimits,
  whileShared,
  windowSeconds,
  write,
} from '../shared/small-limits.js';
import { callerLimits } from './caller-limits.js';
import { forwardedAddresses } from './forwarded.js';
import { expectLimited, expectLimitTold } from './limit-headers.js';
import { limitsWithoutStore } from './limits-without-store.js';

const group = 'limits';
const fields = 'draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4';

/** Headers with limits that the document of another API has, each a number or a list with one. */
function expectDescribedLimits(api: Api, response: Response): void {
  const described = api.contract.find('GET', api.resource.path)?.source.responses?.[response.status];
  for (const name of Object.keys(described?.headers ?? {}).filter((header) => /ratelimit/i.test(header)))
    expectHeader(response, name, /\d/);
}

export const limits: Row[] = [
  {
    id: 'RL1',
    group,
    title: 'every limited response states the limit',
    expected:
      'X-RateLimit-Limit, -Remaining and -Reset, RateLimit-Policy and RateLimit, which agree; on errors too',
    source: fields,
    remedy: 'Write the headers where the limit is checked, before anything else can fail.',
    evidence: ['limited'],
    needs: ['resource', 'limitHeaders'],
    quick: true,
    async run(api) {
      const { resource } = api;
      const list = await api.send({ path: resource.path, as: 'reader' });
      expectStatus(list, 200);
      if (api.contract.style.problems !== 'contract') return expectDescribedLimits(api, list);
      expectLimitTold(list);
      const wrong = await api.send({ path: `${resource.path}?limit=abc`, as: 'reader' });
      expectStatus(wrong, 400);
      expectLimitTold(wrong);
      const missing = await api.send({ path: resource.item(randomUUID()), as: 'reader' });
      expectStatus(missing, 404);
      expectLimitTold(missing);
      if (!api.maySend('POST')) return;
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
      '429 rate-limited with Retry-After, and nothing done; after that time it passes; other callers are not affected',
    source: 'RFC 6585, section 4; RFC 9110, section 10.2.3; OWASP API4:2023',
    remedy: 'Count per principal, or per address without one, before the request is carried out.',
    evidence: ['limited'],
    needs: ['started', 'resource', 'writing'],
    relies: ['RATE_LIMIT_WRITE', 'RATE_LIMIT_WINDOW_S', 'TRUST_PROXY_HOPS'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      await whileShared(api, () => expectRefused(api));
      if (newCaller(api).authorization) await whileShared(api, () => expectStrangersRefused(api));
    },
  },
  {
    id: 'RL3',
    group,
    title: 'limits hold over all instances',
    expected:
      'two instances together let through just the quota of writes, and never more than that of reads',
    source: 'OWASP API4:2023',
    remedy: 'Keep the buckets in the shared cache, and take from them in one script on its clock.',
    evidence: ['limited', 'stateless', 'balanced'],
    needs: ['started', 'instances', 'resource'],
    relies: ['RATE_LIMIT_DEFAULT', 'RATE_LIMIT_WRITE', 'RATE_LIMIT_WINDOW_S', 'TRUST_PROXY_HOPS'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      await whileShared(api, () => expectWritesShared(api));
      await whileShared(api, () => expectReadsShared(api));
    },
  },
  {
    id: 'RL4',
    group,
    title: 'guessing a password',
    expected:
      '429 after as many attempts as the limit allows, over all instances and even with the right password; the owner is not locked out elsewhere',
    source: 'OWASP API2:2023; ASVS V6.3.1',
    remedy: 'Limit sign-ins per account and address in the shared cache, before the password is looked at.',
    evidence: ['limited'],
    needs: ['started', 'signIn'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      await whileShared(api, () => expectGuessingEnds(api));
    },
  },
  {
    id: 'RL5',
    group,
    title: 'a caller that makes up its address',
    expected:
      'X-Forwarded-For and the like are ignored where no proxy is trusted: one bucket for one connection',
    source: 'RFC 7239, section 8.1',
    remedy: 'Take the address of the connection, and believe only as many proxies as TRUST_PROXY_HOPS says.',
    evidence: ['limited'],
    needs: ['started', 'resource'],
    relies: ['RATE_LIMIT_WRITE', 'RATE_LIMIT_WINDOW_S'],
    quick: false,
    settings: { ...smallLimits, TRUST_PROXY_HOPS: 0 },
    async run(api) {
      const quota = quotaOf(api, 'WRITE');
      await whileShared(
        api,
        async () => {
          const answers = await burst(api, quota, api.fleet.instances.slice(0, 1), (to) =>
            write(api, madeUpAddress(), to),
          );
          expectExactly(quota, answers, 'with an address made up for each');
          // All of them come from this address: its bucket has to be full again for another try.
        },
        windowSeconds(api) * 1000,
      );
    },
  },
  ...forwardedAddresses,
  ...callerLimits,
  ...limitsWithoutStore,
];

async function expectRefused(api: Api): Promise<void> {
  const [instance] = api.fleet.instances;
  const body = await api.body();
  const quota = quotaOf(api, 'WRITE');
  const { limit, remaining } = expectLimitTold(await write(api, newCaller(api), instance!));
  expectEqual([limit, remaining], [quota, quota - 1], 'limit and remaining of a first request:');

  const made = await watchMade(api);
  const caller = newCaller(api);
  const junk = await burst(api, quota, [instance!], (to) => write(api, caller, to));
  expectExactly(quota, junk, 'from one caller');
  for (const response of junk.refused) expectLimited(api, response);
  const { path } = api.resource;
  const good = await api.send({ method: 'POST', path, headers: caller, json: body, to: instance!.url });
  const retryAfter = expectLimited(api, good);
  expectEqual(await made(), [], 'items made by a refused request:');

  await expectOnlyThatCaller(api, caller);
  await pause(retryAfter * 1000);
  expectStatus(await write(api, caller, instance!), 400);
}

/** The principal is what counts where there is one, and not the address. Probes are for all. */
async function expectOnlyThatCaller(api: Api, caller: Caller): Promise<void> {
  const [instance] = api.fleet.instances;
  expectStatus(await write(api, newCaller(api), instance!), 400);
  expectStatus(await api.send({ path: '/livez', headers: caller, to: instance!.url }), 200);
  if (!caller.authorization) return;
  const { 'x-forwarded-for': address } = caller;
  const neighbour = { ...newCaller(api), 'x-forwarded-for': address! };
  expectStatus(await write(api, neighbour, instance!), 400);
  expectLimited(api, await write(api, { ...caller, ...newAddress() }, instance!));
}

/** Without credentials, the address counts, and it counts first. */
async function expectStrangersRefused(api: Api): Promise<void> {
  const [instance] = api.fleet.instances;
  const quota = quotaOf(api, 'WRITE');
  const address = newAddress();
  const { passed, refused, most } = await burst(api, quota, [instance!], (to) => write(api, address, to));
  expectExactly(quota, { passed, refused, most }, 'without credentials from one address');
  for (const response of passed) expectStatus(response, 401);
  for (const response of refused) expectLimited(api, response);
  expectStatus(await api.send({ path: '/livez', headers: address, to: instance!.url }), 200);
}

async function expectWritesShared(api: Api): Promise<void> {
  const quota = quotaOf(api, 'WRITE');
  const caller = newCaller(api);
  const writes = await burst(api, quota, api.fleet.instances, (to) => write(api, caller, to));
  expectExactly(quota, writes, 'two instances together');
  for (const response of writes.refused) expectLimited(api, response);
}

async function expectReadsShared(api: Api): Promise<void> {
  const quota = quotaOf(api, 'DEFAULT');
  const caller = newCaller(api, 'reader');
  const { passed, refused, most } = await burst(api, quota, api.fleet.instances, (to) =>
    read(api, caller, to),
  );
  // Instances may hold some tokens that the burst did not come to.
  const least = Math.ceil(quota * 0.75);
  expectThat(
    passed.length >= least && passed.length <= most,
    `${least} to ${most} of ${quota * 2} reads to pass two instances together`,
    `${passed.length} that passed`,
  );
  for (const response of passed) expectStatus(response, 200);
  for (const response of refused) expectProblem(response, 429, 'rate-limited');
}

async function expectGuessingEnds(api: Api): Promise<void> {
  const { instances } = api.fleet;
  const account = newAccount();
  expectStatus(await register(api, account, newAddress()), 201);
  const attacker = newAddress();
  const guesses = await Promise.all(
    Array.from({ length: quotaOf(api, 'AUTH') }, (_, place) => {
      const to = instances[place % instances.length]!.url;
      return login(api, { ...account, password: `wrong ${account.password}` }, attacker, to);
    }),
  );
  for (const guess of guesses) expectProblem(guess, 401, 'unauthenticated');
  for (const { url } of instances) expectLimited(api, await login(api, account, attacker, url));
  expectStatus(await login(api, account, newAddress()), 200);
}

/** An address as proxies and content networks write it, by a client. */
function madeUpAddress(): Record<string, string> {
  const address = newAddress()['x-forwarded-for']!;
  return {
    'x-forwarded-for': `${newAddress()['x-forwarded-for']}, ${address}`,
    forwarded: `for=${address}`,
    'x-real-ip': address,
    'x-client-ip': address,
    'true-client-ip': address,
    'cf-connecting-ip': address,
  };
}
