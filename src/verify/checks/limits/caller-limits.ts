import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Operation } from '../../contract/contract.js';
import { expectEqual, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import {
  burst,
  expectExactly,
  newAddress,
  newCaller,
  quotaOf,
  read,
  smallLimits,
  whileShared,
  write,
} from '../shared/small-limits.js';
import { expectLimitTold } from './limit-headers.js';

/** A limit that an operation can have (`x-rate-limit`). */
type Policy = 'default' | 'write' | 'none';

export const callerLimits: Row[] = [
  {
    id: 'RL8',
    group: 'limits',
    title: 'the limit of each operation, for each caller alone',
    expected:
      'the limit of reads or writes as the document says (x-rate-limit, else by the method), none for probes; reads do not count as writes, nor callers as each other, with however many tokens; tokens that are refused count for the address',
    source: 'OWASP API4:2023; draft-ietf-httpapi-ratelimit-headers-10, section 3',
    remedy: 'Take the policy from the operation of the contract, and key the bucket by policy and caller.',
    evidence: ['limited'],
    needs: ['started', 'resource', 'writing'],
    relies: ['RATE_LIMIT_DEFAULT', 'RATE_LIMIT_WRITE', 'RATE_LIMIT_WINDOW_S', 'TRUST_PROXY_HOPS'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      for (const operation of api.contract.operations)
        await whileShared(api, () => expectPolicy(api, operation, policyOf(operation)));
      await whileShared(api, () => expectOwnBuckets(api));
      if (newCaller(api).authorization) await whileShared(api, () => expectGuessesLimited(api));
    },
  },
];

function policyOf({ method, source }: Operation): Policy {
  return source['x-rate-limit'] ?? (method === 'GET' || method === 'HEAD' ? 'default' : 'write');
}

/** Asks in vain: limits come before all that could be wrong with a request. */
async function expectPolicy(api: Api, { method, path, bodyTypes }: Operation, policy: Policy): Promise<void> {
  const type: Record<string, string> = bodyTypes[0] === undefined ? {} : { 'content-type': bodyTypes[0] };
  const response = await api.send({
    method,
    path: path.replace(/\{[^/]+\}/g, randomUUID()),
    headers: { ...newCaller(api, 'admin'), ...type },
    body: bodyTypes[0] === undefined ? undefined : '{"',
    to: api.fleet.instances[0]!.url,
  });
  const limitHeader = response.headers['x-ratelimit-limit'];
  if (policy === 'none') {
    expectThat(
      limitHeader === undefined,
      `no limit of ${method} ${path}`,
      `X-RateLimit-Limit: ${limitHeader}`,
    );
    return;
  }
  const quota = quotaOf(api, policy === 'write' ? 'WRITE' : 'DEFAULT');
  expectEqual(expectLimitTold(response).limit, quota, `the limit of ${method} ${path}:`);
}

/** A caller is who is signed in; without accounts, an address. */
async function expectOwnBuckets(api: Api): Promise<void> {
  const [instance] = api.fleet.instances;
  const subject = randomUUID();
  const address = newAddress();
  // Another token each time: it is the caller who counts.
  const busy = () => ({ ...address, ...api.authorization('editor', subject) });
  const quota = quotaOf(api, 'WRITE');
  for (let reads = 0; reads < 3; reads += 1) await read(api, busy(), instance!);
  for (let writes = 1; writes <= 3; writes += 1) {
    const { remaining } = expectLimitTold(await write(api, busy(), instance!));
    // A token may have come back meanwhile.
    const wanted = [quota - writes, quota - writes + 1];
    expectThat(
      wanted.includes(remaining),
      `${wanted[0]} writes left after ${writes} and some reads`,
      remaining,
    );
  }
  const { remaining } = expectLimitTold(await write(api, newCaller(api), instance!));
  expectEqual(remaining, quota - 1, 'writes left for another caller after its first:');
}

/** Tokens can be tried like passwords: a bad one counts for the address. */
async function expectGuessesLimited(api: Api): Promise<void> {
  const quota = quotaOf(api, 'WRITE');
  const address = newAddress();
  const guesses = await burst(api, quota, api.fleet.instances.slice(0, 1), (to) =>
    write(api, { ...address, authorization: `Bearer ${randomUUID()}` }, to),
  );
  expectExactly(quota, guesses, 'with tokens made up at one address');
}
