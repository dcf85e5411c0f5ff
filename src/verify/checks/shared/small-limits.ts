import { randomInt, randomUUID } from 'node:crypto';
import { samplesOf, sumOf } from '../../../capacity/exposition.js';
import type { Api, Server } from '../../cluster/api.js';
import type { Response, Role } from '../../http/exchange.js';
import { expectThat, Mismatch } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';

/**
 * Limits small enough to reach. They refill so slowly that a burst is over before the next token comes: every 0.5 s,
 * 1.7 s and 2.5 s. One proxy is believed, so that a row can be as many addresses as it needs.
 */
export const smallLimits = {
  RATE_LIMIT_DEFAULT: 20,
  RATE_LIMIT_WRITE: 6,
  RATE_LIMIT_AUTH: 4,
  RATE_LIMIT_WINDOW_S: 10,
  TRUST_PROXY_HOPS: 1,
};

/**
 * Tries several times what a busy machine can spoil: when the shared cache answers later than an instance waits for it,
 * each instance counts alone for a while, as it should. Every try must have new callers, or buckets that are full
 * again after the pause.
 * @param pauseMs between two tries
 * @throws Mismatch of the last try
 */
export async function patiently(check: () => Promise<void>, pauseMs = 1000): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await check();
    } catch (error) {
      if (tries === 3 || !(error instanceof Mismatch)) throw error;
      await pause(pauseMs);
    }
  }
}

/** Tries that do not count, as instances counted alone. */
const mostAlone = 10;

/**
 * As `patiently`, for what holds while all instances take from the same buckets. A failed try during which one of them
 * counted alone, as the shared cache answered too late for it, shows nothing, and does not count; ten at most.
 */
export async function whileShared(api: Api, check: () => Promise<void>, pauseMs = 1000): Promise<void> {
  let alone = 0;
  for (let tries = 1; ; ) {
    const before = await countedAlone(api);
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      if (alone < mostAlone && (await countedAlone(api)) > before) alone += 1;
      else if (tries === 3) throw error;
      else tries += 1;
      await pause(pauseMs);
    }
  }
}

/** How often the instances have counted alone so far, as their metrics say; 0 where that is not known. */
async function countedAlone(api: Api): Promise<number> {
  const { contract, fleet } = api;
  if (!contract.isOwn || !fleet.hasStore) return 0;
  let sum = 0;
  for (const { managementUrl: to } of fleet.instances) {
    const { text } = await api.send({ path: '/metrics', to, evidence: false });
    sum += sumOf(samplesOf(text), 'rate_limit_fallback_total') ?? 0;
  }
  return sum;
}

/** Who sends a request, as headers. */
export type Caller = Record<string, string | string[]>;

/** The header of an unused client address, as the proxy in front of the instance would write it. */
export function newAddress(): Record<string, string> {
  // 198.18.0.0/15 is for benchmarks (RFC 2544): no real client has such an address.
  return { 'x-forwarded-for': `198.${randomInt(18, 20)}.${randomInt(256)}.${randomInt(1, 255)}` };
}

/** A caller whose buckets are full: another principal at another address. */
export function newCaller(api: Api, role: Role = 'editor'): Record<string, string> {
  return { ...newAddress(), ...api.authorization(role, randomUUID()) };
}

/** A write that counts and changes nothing: limits come before the body is read. */
export function write(api: Api, caller: Caller, { url }: Server): Promise<Response> {
  return api.send({
    method: 'POST',
    path: api.resource.path,
    headers: { ...caller, 'content-type': 'application/json' },
    body: '{"',
    to: url,
  });
}

/** A read that is not cached. */
export function read(api: Api, caller: Caller, { url }: Server): Promise<Response> {
  return api.send({ path: `${api.resource.path}?limit=1`, headers: caller, to: url });
}

/** What became of a burst that is larger than the quota. */
export interface Burst<Answer = Response> {
  passed: Answer[];
  refused: Answer[];
  /** How many a bucket that was full may let through in the time that the burst took. */
  most: number;
}

/** Requests at once: more would keep an instance on a busy machine from hearing of the shared cache in time. */
const atOnce = 8;

/**
 * Sends twice the quota as fast as it goes, to the instances in turn.
 * @param quota of the bucket
 * @param ask sends one request
 */
export async function burst<Answer extends Pick<Response, 'status'>>(
  api: Api,
  quota: number,
  servers: readonly Server[],
  ask: (server: Server) => Promise<Answer>,
): Promise<Burst<Answer>> {
  const start = performance.now();
  const answers: Answer[] = [];
  while (answers.length < quota * 2) {
    const count = Math.min(atOnce, quota * 2 - answers.length);
    const asked = Array.from({ length: count }, (_, place) => ask(servers[place % servers.length]!));
    answers.push(...(await Promise.all(asked)));
  }
  const refills = (performance.now() - start) / ((windowSeconds(api) * 1000) / quota);
  const refused = answers.filter(({ status }) => status === 429);
  return {
    passed: answers.filter((answer) => !refused.includes(answer)),
    refused,
    most: quota + Math.floor(refills),
  };
}

/** @throws Mismatch unless the accepted requests of a burst equal the size of the bucket */
export function expectExactly(quota: number, { passed, most }: Burst<unknown>, where: string): void {
  const wanted = most === quota ? `${quota}` : `${quota} to ${most}`;
  expectThat(
    passed.length >= quota && passed.length <= most,
    `${wanted} of ${quota * 2} requests to pass ${where}`,
    `${passed.length} that passed`,
  );
}

/** Whether all instances take from one bucket: each knows of what those before it have let through. */
export async function sharesLimits(api: Api): Promise<boolean> {
  const caller = newCaller(api);
  const left: number[] = [];
  for (const instance of api.fleet.instances) {
    const { headers } = await write(api, caller, instance);
    left.push(Number(headers['x-ratelimit-remaining']));
  }
  const quota = quotaOf(api, 'WRITE');
  return left.every((remaining, place) => remaining === quota - 1 - place);
}

export function quotaOf(api: Api, policy: 'DEFAULT' | 'WRITE' | 'AUTH'): number {
  return Number(api.fleet.settings[`RATE_LIMIT_${policy}`]);
}

export function windowSeconds(api: Api): number {
  return Number(api.fleet.settings.RATE_LIMIT_WINDOW_S);
}
