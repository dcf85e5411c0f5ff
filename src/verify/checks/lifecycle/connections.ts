import { randomUUID } from 'node:crypto';
import type { Api, Instance } from '../../cluster/api.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectEqual, expectThat, summary } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { areIdle, gaugesOf, idle } from '../shared/gauges.js';
import { absentItem } from '../shared/items.js';
import { withoutTable } from '../shared/tables.js';
import { whileLocked } from './deadlines.js';
import { shortTimes } from './short-times.js';

/** Of each kind: several times as many as a pool has connections. */
const count = 20;
/** More than a pool has connections: some wait for one. */
const atOnce = 10;
const settleMs = 5000;
/** Shorter than the time after which the server ends an open transaction by itself. */
const openMs = 2000;
const busyMs = 200;

export const connections: Row[] = [
  {
    id: 'CN1',
    group: 'lifecycle',
    title: 'connections to the database come back',
    expected: `503 or success for requests whose connection is lost; after ${count} each of conflicts, invalid bodies, failing statements, cancelled requests and lost connections, DB_POOL_MAX statements run at once, no transaction is open, no lock is held, and the gauges of the pool are idle`,
    source:
      'OWASP API4:2023; PostgreSQL documentation, "The Statistics Collector"; MySQL manual, "Performance Schema Transaction Tables"',
    remedy: 'Give the connection back, and roll back, in a finally around every use.',
    evidence: ['pooled', 'resilient'],
    needs: ['started', 'management', 'database', 'resource', 'writing'],
    relies: ['DB_POOL_MAX', 'REQUEST_TIMEOUT_MS'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      const [instance] = api.fleet.instances;
      for (const [name, provoke] of Object.entries(trouble)) {
        await provoke(api, instance!);
        await expectSettled(api, name);
      }
      await expectWholePool(api, instance!);
      await expectIdleGauges(api, instance!);
    },
  },
];

/** What ends in an error while a request has a connection, or is about to get one. */
const trouble: Record<string, (api: Api, instance: Instance) => Promise<void>> = {
  async conflicts(api, instance) {
    const { path } = await api.create();
    const write = { as: 'admin' as const, to: instance.url };
    const method = api.resource.methods.item.includes('PUT') ? 'PUT' : 'PATCH';
    const type = method === 'PUT' ? 'application/json' : 'application/merge-patch+json';
    const headers = { 'idempotency-key': randomUUID() };
    const post = async () => ({
      ...write,
      method: 'POST',
      path: api.resource.path,
      headers,
      json: await api.body(),
    });
    const posts = await Promise.all(Array.from({ length: count }, post));
    // The key belongs to the first one; the item has another version.
    await api.send(posts[0]!);
    const stale = { ...write, method, path, headers: { 'content-type': type, 'if-match': '"0"' } };
    await repeat(api, (serial) =>
      serial % 2 === 0 ? { ...stale, json: posts[serial]!.json } : posts[serial]!,
    );
  },
  async 'invalid bodies'(api, instance) {
    const post = { method: 'POST', path: api.resource.path, as: 'editor' as const, to: instance.url };
    await repeat(api, (serial) => ({ ...post, json: { [`_${serial}`]: serial } }));
  },
  async 'failing statements'(api, instance) {
    const requests = await readsAndWrites(api, instance);
    await withoutTable(api, api.resource, () => repeat(api, (serial) => requests[serial]!));
  },
  async 'cancelled requests'(api, instance) {
    const requests = await readsAndWrites(api, instance);
    api.fleet.database.set({ kind: 'delay', ms: busyMs });
    try {
      await repeat(api, (serial) => ({
        ...requests[serial]!,
        signal: AbortSignal.timeout(((serial % 4) + 0.5) * (busyMs / 2)),
      }));
    } finally {
      api.fleet.database.set({ kind: 'pass' });
    }
  },
  async 'lost connections'(api, instance) {
    const { database } = api.fleet;
    const requests = await readsAndWrites(api, instance);
    const size = Number(api.fleet.settings.DB_POOL_MAX);
    for (let sent = 0; sent < count; sent += atOnce) {
      let responses: (Response | undefined)[] = [];
      await whileLocked(api, async () => {
        const answered = Promise.all(
          requests.slice(sent, sent + atOnce).map((request) => api.trySend(request)),
        );
        await until(async () => (await api.fleet.sql.running()) >= size, busyMs);
        database.set({ kind: 'reset' });
        responses = await answered;
        database.set({ kind: 'pass' });
      });
      for (const response of responses) expectBlameless(api, response);
    }
  },
};

/** A lost connection is the fault of the dependency. It may be made good by another attempt. */
function expectBlameless({ contract }: Api, response: Response | undefined): void {
  expectThat(
    response !== undefined && (!contract.isOwn || response.status < 500 || response.status === 503),
    `${contract.isOwn ? 'status 503, or success,' : 'an answer'} for a request whose connection to the database is lost`,
    response ? summary(response) : 'no response',
  );
}

/** Sends requests, some at once; ignores the responses. */
async function repeat(api: Api, request: (serial: number) => Request): Promise<void> {
  for (let sent = 0; sent < count; sent += atOnce)
    await Promise.all(Array.from({ length: atOnce }, (_, place) => api.trySend(request(sent + place))));
}

/** Requests that need the database, half of them in a transaction. */
function readsAndWrites(api: Api, { url: to }: Instance): Promise<Request[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, serial): Promise<Request> => {
      if (serial % 2 === 0) return { path: absentItem(api), as: 'reader', to };
      return { method: 'POST', path: api.resource.path, as: 'editor', json: await api.body(), to };
    }),
  );
}

/** @throws Mismatch when a transaction or a lock outlives all responses */
async function expectSettled(api: Api, after: string): Promise<void> {
  const { sql } = api.fleet;
  const settled = await until(async () => (await sql.leftOpen()).length === 0, openMs);
  if (!settled) expectEqual(await sql.leftOpen(), [], `open transactions and locks after ${count} ${after}:`);
}

/** As many statements as the pool has connections, at once. */
async function expectWholePool(api: Api, { url: to }: Instance): Promise<void> {
  const size = Number(api.fleet.settings.DB_POOL_MAX);
  const read = () => api.trySend({ path: absentItem(api), as: 'reader', to });
  const served = await until(async () => (await read())?.status === 404, settleMs * 2);
  expectThat(
    served,
    'service after the errors',
    summary((await read()) ?? (await api.send({ path: '/livez', to }))),
  );
  let most = 0;
  // A pool may open connections one after another, and what waits is given up at its deadline: several times, then.
  for (let attempt = 0; attempt < 3 && most < size; attempt += 1)
    await whileLocked(api, async () => {
      const reads = Promise.all(Array.from({ length: size }, read));
      await until(async () => {
        most = Math.max(most, await api.fleet.sql.running());
        return most >= size;
      }, Number(api.fleet.settings.REQUEST_TIMEOUT_MS));
      await reads;
    });
  expectThat(most >= size, `${size} statements at once, as before the errors`, `${most} at once`);
}

async function expectIdleGauges(api: Api, instance: Instance): Promise<void> {
  let gauges = await gaugesOf(api, instance);
  await until(async () => {
    gauges = await gaugesOf(api, instance);
    return areIdle(gauges);
  }, settleMs);
  expectEqual(gauges, idle(gauges), 'gauges without any request:');
}
