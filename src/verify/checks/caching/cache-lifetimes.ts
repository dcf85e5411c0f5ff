import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import { allowedOrigin } from '../../cluster/settings.js';
import type { Response } from '../../http/exchange.js';
import { expectStatus, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Row } from '../row.js';

const group = 'caching';
const hour = 3600;
const day = 24 * hour;
/** The longest that a response may be kept, by directive, in seconds. */
const longest: Record<string, number> = {
  'max-age': hour,
  's-maxage': day,
  'stale-while-revalidate': day,
  'stale-if-error': 7 * day,
};
/** Preload lists require at least a year; ten years are a mistake. */
const hstsSeconds = [day, 4 * 365 * day] as const;
/** Clocks differ, and the machine may do something else between two requests. */
const lateSeconds = 30;
const keyMs = 2000;

export const cacheLifetimes: Row[] = [
  {
    id: 'LT1',
    group,
    title: 'lifetimes in responses are seconds',
    expected:
      'max-age of an hour at most, stale-while-revalidate of a day, stale-if-error of a week; Age and the ttl of Cache-Status as long as the item is there and stays; the window of RateLimit-Policy as RATE_LIMIT_WINDOW_S',
    source: 'RFC 9111, sections 1.2.2 and 5.1; RFC 9211, section 2.4; RFC 5861',
    remedy: 'Convert each setting once, where the header is written: HTTP counts seconds.',
    evidence: ['cached'],
    needs: ['started', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const created = performance.now();
      const { path } = await api.create();
      for (const read of [path, `${path}?fields=id`, api.resource.path]) {
        const response = await api.send({ path: read });
        expectKeptFor(response);
        expectWindow(api, response);
      }
      const again = await api.send({ path, as: 'reader', headers: { origin: allowedOrigin } });
      expectStatus(again, 200);
      expectAge(api, again, (performance.now() - created) / 1000);
      await expectPolicies(api, path);
    },
  },
  {
    id: 'LT2',
    group,
    title: 'cache entries expire in time',
    expected:
      'every key in the shared cache has a time to live: those of an item within CACHE_L2_TTL_S and CACHE_STALE_S, those of limits within RATE_LIMIT_WINDOW_S; Idempotency-Keys expire after IDEMPOTENCY_TTL_S',
    source: 'OWASP API4:2023; draft-ietf-httpapi-idempotency-key-header-07, section 2.3',
    remedy: 'Set the time to live in the same command that writes the key, in the unit of that command.',
    evidence: ['cached', 'limited'],
    needs: ['started', 'dependency', 'resource', 'writing'],
    relies: ['RATE_LIMIT_WINDOW_S', 'CACHE_L2_TTL_S', 'IDEMPOTENCY_TTL_S'],
    quick: false,
    async run(api) {
      if (api.fleet.hasStore) {
        await expectLimitsExpire(api);
        await expectItemsExpire(api);
      }
      if (api.fleet.hasDatabase) await expectIdempotencyExpires(api);
    },
  },
];

/** @throws Mismatch when a cache may keep the response for longer than is sensible */
function expectKeptFor({ headers }: Response): void {
  const given = headers['cache-control'] ?? '';
  for (const [name, most] of Object.entries(longest)) {
    const seconds = Number(new RegExp(`\\b${name}=(\\d+)`).exec(given)?.[1] ?? 0);
    expectThat(seconds <= most, `${name} of ${most} s at most`, `Cache-Control: ${given}`);
  }
}

function expectWindow(api: Api, { headers }: Response): void {
  const given = headers['ratelimit-policy'];
  const wanted = api.fleet.settings.RATE_LIMIT_WINDOW_S;
  if (given === undefined || wanted === undefined) return;
  expectThat(
    new RegExp(`;w=${wanted}(;|,|$)`).test(given),
    `a window of ${wanted} s`,
    `RateLimit-Policy: ${given}`,
  );
}

/** @param sinceSeconds the age of the item, at most */
function expectAge(api: Api, { headers }: Response, sinceSeconds: number): void {
  const age = Number(headers.age ?? 0);
  expectThat(age <= sinceSeconds + 1, `Age of ${Math.ceil(sinceSeconds)} s at most`, `Age: ${headers.age}`);
  const most = Number(api.fleet.settings.CACHE_L2_TTL_S ?? day);
  for (const [, ttl] of (headers['cache-status'] ?? '').matchAll(/;\s*ttl=(-?\d+)/g))
    expectThat(Number(ttl) <= most, `ttl of ${most} s at most`, `Cache-Status: ${headers['cache-status']}`);
}

async function expectPolicies(api: Api, path: string): Promise<void> {
  const secured = await api.send({ path, headers: { 'x-forwarded-proto': 'https' } });
  const hsts = /max-age=(\d+)/.exec(secured.headers['strict-transport-security'] ?? '')?.[1];
  const [least, most] = hstsSeconds;
  if (hsts !== undefined)
    expectThat(Number(hsts) >= least && Number(hsts) <= most, `HSTS from ${least} to ${most} s`, hsts);
  const preflight = await api.send({
    method: 'OPTIONS',
    path,
    headers: { origin: allowedOrigin, 'access-control-request-method': 'GET' },
  });
  const kept = Number(preflight.headers['access-control-max-age'] ?? 0);
  // Browsers cut off at a day (Fetch Standard, "HTTP responses").
  expectThat(kept <= day, `Access-Control-Max-Age of ${day} s at most`, kept);
}

/** @throws Mismatch unless a new bucket is kept for a window at most */
async function expectLimitsExpire(api: Api): Promise<void> {
  const window = Number(api.fleet.settings.RATE_LIMIT_WINDOW_S);
  const known = new Set((await api.fleet.storedKeys()).map(({ name }) => name));
  const headers = { ...api.authorization('editor', randomUUID()), 'content-type': 'application/json' };
  await api.send({ method: 'POST', path: api.resource.path, headers, body: '{"' });
  const added = (await api.fleet.storedKeys()).filter(({ name }) => !known.has(name));
  for (const { name, ttlMs } of added)
    expectThat(
      ttlMs !== undefined && ttlMs <= window * 1000,
      `a time to live of ${window} s at most for the limit "${name}"`,
      ttlMs === undefined ? 'none' : `${ttlMs} ms`,
    );
}

/** @throws Mismatch unless a new item is kept in the shared cache, for as long as the settings say */
async function expectItemsExpire(api: Api): Promise<void> {
  const fresh = Number(api.fleet.settings.CACHE_L2_TTL_S);
  const most = fresh + Number(api.fleet.settings.CACHE_STALE_S ?? 0);
  const { id, path } = await api.create();
  const own = async () => (await api.fleet.storedKeys()).filter(({ name }) => name.includes(id));
  await api.send({ path, as: 'reader' });
  const stored = await until(async () => (await own()).length > 0, keyMs);
  expectThat(stored, `a key for the item ${id} in the shared cache`, 'none');
  for (const { name, ttlMs } of await own())
    expectThat(
      ttlMs !== undefined && ttlMs <= most * 1000 && ttlMs > (fresh - lateSeconds) * 1000,
      `a time to live of ${fresh} to ${most} s for the item "${name}"`,
      ttlMs === undefined ? 'none' : `${ttlMs} ms`,
    );
  const lasting = (await api.fleet.storedKeys()).filter(({ ttlMs }) => ttlMs === undefined);
  expectThat(lasting.length === 0, 'a time to live for every key', `none for "${lasting[0]?.name}"`);
}

async function expectIdempotencyExpires(api: Api): Promise<void> {
  const wanted = Number(api.fleet.settings.IDEMPOTENCY_TTL_S);
  const key = randomUUID();
  const headers = { 'idempotency-key': key };
  const { path } = api.resource;
  expectStatus(await api.send({ method: 'POST', path, as: 'editor', json: await api.body(), headers }), 201);
  const [row] = await api.fleet.sql.query(
    'select "expires_at" as "at" from "idempotency_keys" where "key" = $1',
    [key],
  );
  const seconds = (Number(row?.at) - Date.now()) / 1000;
  expectThat(
    seconds <= wanted + 1 && seconds >= wanted - lateSeconds,
    `an Idempotency-Key that expires in ${wanted} s`,
    row === undefined ? 'no such key' : `${seconds} s`,
  );
}
