import { randomUUID } from 'node:crypto';
import type { Api, Instance, Item } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectRetryAfter,
  expectStatus,
  expectThat,
  summary,
} from '../../http/expectations.js';
import { median } from '../../http/traffic.js';
import { pause, until } from '../../http/waiting.js';
import type { FaultProxy } from '../../proxies/faults.js';
import type { Row } from '../row.js';
import { absentItem, countItems, madeStatuses } from '../shared/items.js';
import { shortTimes } from './short-times.js';

const group = 'lifecycle';
const recoveryMs = 10_000;
/** For an instance to notice that a connection has ended. */
const noticedMs = 300;

export const degradation: Row[] = [
  {
    id: 'DG1',
    group,
    title: 'the database is down',
    expected:
      'a cached item is answered and marked stale (Cache-Status, Age); anything else is 503 with Retry-After; nothing is half-written, and the key of a refused write still works',
    source: 'RFC 9111, section 4.2.4; RFC 9211; RFC 5861, section 4',
    remedy: 'Keep cached items longer than they are fresh, and answer with them when the database fails.',
    evidence: ['resilient', 'cached'],
    needs: ['started', 'database', 'resource', 'writing'],
    relies: ['CACHE_L2_TTL_S', 'CACHE_STALE_S'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      const items = await Promise.all(api.fleet.instances.map(() => api.create()));
      await readEverywhere(api, items);
      const before = await countItems(api);
      const { instances, settings, database } = api.fleet;
      await pause(Number(settings.CACHE_L2_TTL_S) * 1000 + 200);
      const write = {
        method: 'POST',
        path: api.resource.path,
        as: 'editor' as const,
        json: await api.body(),
        headers: { 'idempotency-key': randomUUID() },
        to: instances[0]!.url,
      };
      for (const kind of ['refuse', 'hang'] as const) {
        database.set({ kind });
        for (const { url } of instances) {
          for (const { path } of items) expectStale(api, await api.send({ path, as: 'reader', to: url }));
          for (const path of [absentItem(api), `${api.resource.path}?limit=1`])
            expectUnavailable(api, await api.send({ path, as: 'reader', to: url }));
        }
        expectUnavailable(api, await api.send(write));
      }
      database.set({ kind: 'pass' });
      const written = await until(async () => {
        // Before the write: data in flight when the connection hung may arrive now.
        expectEqual(await countItems(api), before, 'the number of items, after writes that were refused,');
        await pause(200);
        return madeStatuses(api).includes((await api.send(write)).status);
      }, recoveryMs);
      expectThat(
        written,
        `${madeStatuses(api).join(' or ')} for the same write within ${recoveryMs / 1000} s`,
        'none',
      );
      expectEqual(await countItems(api), before + 1, 'the number of items, after the write was repeated,');
    },
  },
  {
    id: 'DG2',
    group,
    title: 'the shared cache is down',
    expected:
      'reads and writes go on with the database; a cache that hangs costs 100 ms at first, and nothing as soon as a breaker has opened',
    source: 'Microsoft Azure Architecture Center, "Circuit Breaker pattern"',
    remedy: 'Give each command to the cache 100 ms, and stop asking while it does not answer.',
    evidence: ['resilient', 'cached'],
    needs: ['started', 'store', 'resource', 'writing'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      const { store, freeze, thaw } = api.fleet;
      const outages: [string, () => void, () => void][] = [
        [
          'hangs',
          () => (freeze.store ? freeze.store() : store.set({ kind: 'hang' })),
          () => (thaw.store ? thaw.store() : store.set({ kind: 'pass' })),
        ],
        ['refuses connections', () => store.set({ kind: 'refuse' }), () => store.set({ kind: 'pass' })],
      ];
      for (const [what, begin, end] of outages) {
        const usual = median((await readsOf(api, 5)).map(({ ms }) => ms));
        begin();
        const reads = await readsOf(api, 12);
        for (const { ms } of reads)
          expectThat(
            ms < usual + 500,
            `reads within 100 ms more than usual while the cache ${what} (${Math.round(usual)} ms)`,
            `${Math.round(ms)} ms`,
          );
        const later = median(reads.slice(6).map(({ ms }) => ms));
        expectThat(
          later < usual + 50,
          `reads as fast as usual (${Math.round(usual)} ms) once it is known that the cache ${what}`,
          `${Math.round(later)} ms`,
        );
        await api.create();
        end();
        await expectRecovery(api);
      }
    },
  },
  {
    id: 'DG3',
    revision: 2,
    group,
    title: 'recovery after an outage',
    expected:
      'reads, writes and readiness are well within 10 s, without a restart, on every instance; idle connections that break end no process',
    source: 'Microsoft Azure Architecture Center, "Retry pattern"; The Twelve-Factor App, IX',
    remedy: 'Replace broken connections, and let breakers try again after a moment.',
    evidence: ['resilient', 'pooled'],
    needs: ['started', 'dependency', 'resource', 'writing'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      const pids = api.fleet.instances.map(({ pid }) => pid);
      await breakIdleConnections(api);
      await expectRecovery(api);
      for (const [first, second] of [
        ['reset', 'hang'],
        ['hang', 'refuse'],
      ] as const) {
        const down = proxiesOf(api);
        // It begins while answers are on their way: connections break under the requests that use them.
        for (const proxy of down) proxy.set({ kind: 'delay', ms: 300 });
        const reads = api.fleet.instances.flatMap(({ url }) =>
          Array.from({ length: 8 }, () => api.trySend({ path: absentItem(api), as: 'reader', to: url })),
        );
        await pause(150);
        for (const [place, proxy] of down.entries()) proxy.set({ kind: place === 0 ? first : second });
        await Promise.all(reads);
        await Promise.all(
          api.fleet.instances.map(({ url }) => api.trySend({ path: absentItem(api), as: 'reader', to: url })),
        );
        for (const proxy of down) proxy.set({ kind: 'pass' });
        await expectRecovery(api);
      }
      expectEqual(
        api.fleet.instances.map(({ pid }) => pid),
        pids,
        'the processes',
      );
    },
  },
];

function proxiesOf({ fleet }: Api): FaultProxy[] {
  return [...(fleet.hasDatabase ? [fleet.database] : []), ...(fleet.hasStore ? [fleet.store] : [])];
}

/** Connections that no request uses break: what is not handled then ends the process. */
async function breakIdleConnections(api: Api): Promise<void> {
  for (const { url } of api.fleet.instances)
    await api.trySend({ path: absentItem(api), as: 'reader', to: url });
  for (const proxy of proxiesOf(api)) proxy.set({ kind: 'reset' });
  await pause(noticedMs);
  for (const proxy of proxiesOf(api)) proxy.set({ kind: 'pass' });
}

async function readEverywhere(api: Api, items: readonly Item[]): Promise<void> {
  for (const { url } of api.fleet.instances)
    for (const { path } of items) expectStatus(await api.send({ path, as: 'reader', to: url }), 200);
}

/** Uncached reads from the first instance, one after another. */
async function readsOf(api: Api, count: number): Promise<Response[]> {
  const to = api.fleet.instances[0]!.url;
  const reads: Response[] = [];
  for (let done = 0; done < count; done += 1) {
    const read = await api.send({ path: absentItem(api), as: 'reader', to });
    expectStatus(read, 404);
    reads.push(read);
  }
  return reads;
}

function expectStale({ contract }: Api, response: Response): void {
  expectStatus(response, 200);
  // RFC 9211 and RFC 9111 are about caches of HTTP; elsewhere, the application may keep what it likes.
  if (!contract.isOwn) return;
  expectHeader(response, 'Cache-Status', /\bstale\b/i);
  expectHeader(response, 'Age', /^[1-9]\d*$/);
}

function expectUnavailable({ contract }: Api, response: Response): void {
  expectProblem(response, 503);
  if (contract.isOwn || response.headers['retry-after'] !== undefined) expectRetryAfter(response);
}

/** Waits until every instance reads, writes and says that it is ready. */
async function expectRecovery(api: Api): Promise<void> {
  await Promise.all(
    api.fleet.instances.map(async (instance) => {
      let last: Response | undefined;
      const well = await until(async () => {
        last = await firstUnwell(api, instance);
        if (last) await pause(100);
        return last === undefined;
      }, recoveryMs);
      expectThat(well, `service as before within ${recoveryMs / 1000} s`, last ? summary(last) : 'none');
    }),
  );
}

/** The answer that shows that something is not well; undefined when all is. */
async function firstUnwell(api: Api, { url }: Instance): Promise<Response | undefined> {
  const ready = await api.send({ path: '/readyz', to: url });
  if (ready.status !== 200 || /"degraded"/.test(ready.text)) return ready;
  const read = await api.send({ path: absentItem(api), as: 'reader', to: url });
  if (read.status !== 404) return read;
  const json = await api.body();
  const written = await api.send({ method: 'POST', path: api.resource.path, as: 'editor', json, to: url });
  return madeStatuses(api).includes(written.status) ? undefined : written;
}
