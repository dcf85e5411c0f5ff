import { randomInt, randomUUID } from 'node:crypto';
import type { Api, Instance, Item } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectEqual, expectStatus, expectThat, summary } from '../../http/expectations.js';
import { awaitedLater, pause, until } from '../../http/waiting.js';
import { NotApplicable, type Row } from '../row.js';
import { cacheEntries, levelOf } from '../shared/cache-status.js';
import { longLived } from '../shared/shared-settings.js';
import { columnOf, tableOf } from '../shared/tables.js';

const group = 'caching';
const visibleMs = 1000;
/** That a connection hangs has to be found out first. */
const lossNoticedMs = 3000;
const reconnectedMs = 10_000;
const callers = 200;
const turns = 3;
const attempts = 5;
const overtaken = 2;
/** In which an instance surely has asked the database. */
const askedMs = 500;
const delayMs = 50;
/** In which a writer surely has told the shared cache, also when the first command took too long. */
const toldMs = 1000;
/** That all get an answer on a machine that does other things. */
const slowestMs = 30_000;

export const cacheLevels: Row[] = [
  {
    id: 'CH1',
    revision: 2,
    group,
    title: 'a change on one instance is seen on all',
    expected:
      'within 1 s on the other instance; what an instance holds is void when it may have missed a message',
    source: 'RFC 9111, section 4.4; AWS Builders’ Library, "Caching challenges and strategies"',
    remedy:
      'Publish each change after its commit, void older versions on all instances, and forget everything when the connection to the bus is lost or comes back.',
    evidence: ['cached', 'balanced', 'resilient'],
    needs: ['started', 'instances', 'store', 'resource', 'writing'],
    relies: ['CACHE_L2_TTL_S'],
    quick: false,
    settings: longLived,
    async run(api) {
      const [a, b] = api.fleet.instances as [Instance, Instance];
      for (const [writer, reader] of [
        [a, b],
        [b, a],
        [a, b],
        [b, a],
      ] as const)
        await expectVisible(api, writer, reader);
      for (const kind of ['refuse', 'hang'] as const) {
        const item = await api.create();
        await read(api, b, item);
        api.fleet.store.set({ kind });
        const second = await replace(api, a, item);
        await expectSeen(
          api,
          b,
          item,
          second,
          kind === 'refuse' ? visibleMs : lossNoticedMs,
          `the bus lost (${kind})`,
        );
        // It is trusted now; no message can announce the next change.
        await read(api, b, item);
        const third = await replace(api, a, item);
        api.fleet.store.set({ kind: 'pass' });
        await expectSeen(api, b, item, third, reconnectedMs, `the bus back (${kind})`);
        await expectToStay(api, [a, b], item, third);
      }
    },
  },
  {
    id: 'CH2',
    group,
    title: 'many ask for one item that is in no cache',
    expected: 'each instance queries the database once for 200 concurrent requests (single flight)',
    source: 'RFC 9211, section 2.6 ("collapsed"); AWS Builders’ Library, "Caching challenges and strategies"',
    remedy: 'Keep the promise of the running read by key, and let later callers wait for it.',
    evidence: ['cached'],
    needs: ['started', 'database', 'resource', 'writing'],
    relies: ['CACHE_L2_TTL_S'],
    quick: false,
    settings: longLived,
    async run(api) {
      const { database, instances } = api.fleet;
      const path = await coldItem(api);
      // A connection that had to be opened first would be delayed several times.
      for (const { url } of instances)
        await api.send({ path: `${api.resource.path}?limit=1`, to: url, as: 'reader' });
      // So that many come while the first is on its way.
      database.set({ kind: 'delay', ms: delayMs });
      database.resetCounts();
      const start = performance.now();
      const responses = await Promise.all(instances.flatMap((instance) => readOften(api, instance, path)));
      const asked = database.commands;
      const seconds = (performance.now() - start) / 1000;
      database.set({ kind: 'pass' });
      // Besides, each instance asks every second whether the database is there, cleans up now and then, and opens a
      // connection for that where the others are busy.
      const others = 20 + instances.length * Math.ceil(seconds);
      expectThat(
        asked <= instances.length + others,
        `one statement by each of ${instances.length} instances for ${callers} requests (and up to ${others} for other reasons)`,
        `${asked} statements`,
      );
      for (const response of responses) {
        expectStatus(response, 200);
        expectEqual(response.text, responses[0]!.text, 'all answers to be the same:');
      }
    },
  },
  {
    id: 'CH3',
    revision: 2,
    group,
    title: 'an answer says whether it comes from a cache',
    expected: 'Cache-Status with the name of the cache and hit, or fwd with the reason',
    source: 'RFC 9211, section 2',
    remedy: 'Set Cache-Status where the cache is read: it knows whether there was an entry, and where.',
    evidence: ['cached', 'observed'],
    needs: ['started', 'resource', 'writing'],
    relies: ['CACHE_L2_TTL_S'],
    quick: true,
    async run(api) {
      const item = await api.create();
      for (const instance of api.fleet.instances) {
        expectToSay(api, await read(api, instance, item));
        const again = await read(api, instance, item);
        expectThat(
          levelOf(again) !== undefined,
          'a hit when it is read again',
          again.headers['cache-status'],
        );
      }
    },
  },
  {
    id: 'CH4',
    revision: 2,
    group,
    title: 'the levels of the cache can be distinguished',
    expected:
      'Cache-Status says miss, then the memory of that instance; on another one the shared level, then its memory',
    source: 'RFC 9211, sections 2.1 and 2.2',
    remedy: 'Give each level its own name in Cache-Status, and fill the shared level after a read.',
    evidence: ['cached', 'observed'],
    needs: ['started', 'instances', 'database', 'store', 'resource', 'writing'],
    relies: ['CACHE_L1_TTL_MS', 'CACHE_L2_TTL_S'],
    quick: false,
    settings: longLived,
    async run(api) {
      const item = await api.create();
      expectToSay(api, await read(api, api.fleet.instances[0]!, item));
      for (let attempt = 1; ; attempt += 1) {
        try {
          await expectLevels(api);
          break;
        } catch (error) {
          // On a busy machine a cache can be so slow that the API skips it.
          if (attempt === attempts) throw error;
        }
      }
    },
  },
  {
    id: 'CH5',
    group,
    title: 'a read that is slower than a change',
    expected:
      'an instance that stands still between the answer of the database and its cache, while another instance changes the item, brings no old version back: neither in its memory nor in the shared cache',
    source: 'Nishtala et al., "Scaling Memcache at Facebook" (NSDI 2013), section 3.2.1 (stale sets)',
    remedy:
      'Keep the version with each entry, and let neither level take an older version than it has, or has heard of.',
    evidence: ['cached', 'balanced'],
    needs: ['started', 'instances', 'database', 'store', 'resource', 'writing'],
    relies: ['CACHE_L2_TTL_S'],
    quick: false,
    settings: longLived,
    async run(api) {
      const [a, b] = api.fleet.instances as [Instance, Instance];
      for (let turn = 0; turn < overtaken; turn += 1) {
        const path = await coldItem(api);
        const etag = await overtake(api, { reader: a, writer: b, path });
        // On a busy machine the shared cache may have been told late of the change: no fault that this row is about.
        await pause(toldMs);
        // Its memory is empty then: the shared cache answers, before an instance that knows the change corrects it.
        b.signal('SIGKILL');
        await b.ended();
        await b.restart();
        await expectToStay(api, [b, a], { path }, etag, 3);
      }
    },
  },
  {
    id: 'CH6',
    group,
    title: 'what reads of one item cost',
    expected:
      'from the memory of an instance, with one command to the shared cache for ten reads at most, and no statement',
    source: 'AWS Builders’ Library, "Caching challenges and strategies"; Google SRE Book, chapter 22',
    remedy:
      'Look into the memory first, take tokens of the rate limit from the shared cache in batches, and measure what a request sends there.',
    evidence: ['cached', 'limited'],
    needs: ['started', 'store', 'resource', 'writing'],
    relies: ['CACHE_L1_TTL_MS', 'CACHE_L2_TTL_S'],
    quick: false,
    settings: longLived,
    async run(api) {
      const { database, store, instances, hasDatabase } = api.fleet;
      const [instance] = instances as [Instance];
      const item = await api.create();
      for (const response of await Promise.all(readOften(api, instance, item.path)))
        expectStatus(response, 200);
      store.resetCounts();
      if (hasDatabase) database.resetCounts();
      const start = performance.now();
      for (let turn = 0; turn < turns; turn += 1)
        for (const response of await Promise.all(readOften(api, instance, item.path)))
          expectStatus(response, 200);
      // Besides, every instance asks now and then whether they are there.
      const others = 20 + 4 * instances.length * Math.ceil((performance.now() - start) / 1000);
      const reads = turns * callers;
      const asked = {
        'commands to the shared cache': [store.commands, reads / 10],
        statements: [hasDatabase ? database.commands : 0, 0],
      };
      for (const [what, [count, most]] of Object.entries(asked) as [string, [number, number]][])
        expectThat(
          count <= most + others,
          `at most ${most} ${what} for ${reads} reads (and up to ${others} for other reasons)`,
          `${count}`,
        );
    },
  },
];

/**
 * Has one instance read an item from the database and stand still before the answer comes in, changes the item on the other
 * instance, and lets the first go on.
 * @returns the ETag of the new version
 */
async function overtake(
  api: Api,
  { reader, writer, path }: { reader: Instance; writer: Instance; path: string },
): Promise<string> {
  const { database } = api.fleet;
  // Opens the connections that are needed, so that the read is the next thing they are used for.
  for (const { url } of [reader, writer])
    await api.send({ path: `${api.resource.path}?limit=1`, to: url, as: 'reader' });
  database.set({ kind: 'delay', ms: longLived.REQUEST_TIMEOUT_MS });
  const reading = awaitedLater(read(api, reader, { path }));
  await pause(askedMs);
  reader.signal('SIGSTOP');
  try {
    database.set({ kind: 'pass' });
    return await replace(api, writer, { path });
  } finally {
    reader.signal('SIGCONT');
    await reading;
  }
}

async function expectLevels(api: Api): Promise<void> {
  const [a, b] = api.fleet.instances as [Instance, Instance];
  const path = await coldItem(api);
  const cold = await read(api, a, { path });
  const missed = cacheEntries(cold).some(({ forwarded }) => /miss$/.test(forwarded ?? ''));
  expectThat(missed && levelOf(cold) === undefined, 'fwd=miss at first', cold.headers['cache-status']);
  const memory = levelOf(await read(api, a, { path }));
  expectThat(memory !== undefined, 'a hit when it is read again', 'none');
  const elsewhere = await read(api, b, { path });
  const shared = levelOf(elsewhere);
  expectThat(
    shared !== undefined && shared !== memory,
    `a hit of another cache than "${memory}" on another instance`,
    elsewhere.headers['cache-status'],
  );
  expectEqual(levelOf(await read(api, b, { path })), memory, 'the cache when it is read there again');
}

async function read(api: Api, { url }: Instance, { path }: { path: string }): Promise<Response> {
  const response = await api.send({ path, to: url, as: 'reader' });
  expectStatus(response, 200);
  return response;
}

/** @returns the new version of it */
async function replace(api: Api, { url }: Instance, { path }: { path: string }): Promise<string> {
  const method = ['PUT', 'PATCH'].find((name) => api.resource.methods.item.includes(name));
  if (method === undefined) throw new NotApplicable('items cannot be changed');
  const json = await api.body();
  const headers = {
    'content-type': api.contract.find(method, path)?.bodyTypes[0] ?? 'application/json',
  };
  const request = { method, path, to: url, as: 'editor' as const, json };
  const response = await api.send(method === 'PUT' ? request : { ...request, headers });
  if (api.contract.isOwn) expectStatus(response, 200);
  else expectThat(response.status < 300, `status 2xx for ${method}`, summary(response));
  if (response.headers.etag !== undefined || api.contract.isOwn) return versionOf(api, response);
  // What the answer leaves out, the instance that has written it says at once.
  return versionOf(api, await read(api, { url } as Instance, { path }));
}

/** What tells the versions of an item apart: its ETag, or all that it says where it has none. */
function versionOf({ contract }: Api, { headers, text }: Response): string {
  return headers.etag ?? (contract.isOwn ? '' : text);
}

/** @throws NotApplicable for an answer of another project without Cache-Status, which nobody has to send */
function expectToSay({ contract }: Api, response: Response): void {
  if (!contract.isOwn && response.headers['cache-status'] === undefined)
    throw new NotApplicable('answers have no Cache-Status (RFC 9211), which is optional');
  cacheEntries(response);
}

async function expectVisible(api: Api, writer: Instance, reader: Instance): Promise<void> {
  const item = await api.create();
  await read(api, reader, item);
  // Reads that began before the change must not bring the old version back.
  const readers = Array.from({ length: 8 }, () => read(api, reader, item));
  const [etag] = await Promise.all([replace(api, writer, item), ...readers]);
  await expectSeen(api, reader, item, etag, visibleMs, 'a change on another');
  await expectToStay(api, [reader], item, etag, 5);
  if (!api.resource.methods.item.includes('DELETE')) return;
  const gone = await api.send({ method: 'DELETE', path: item.path, to: writer.url, as: 'admin' });
  expectStatus(gone, ...(api.contract.isOwn ? [204] : [200, 202, 204]));
  const absent = await until(
    async () => (await api.send({ path: item.path, to: reader.url, as: 'reader' })).status === 404,
    visibleMs,
  );
  expectThat(absent, `404 on an instance ${visibleMs} ms after the item was deleted on another`, 'the item');
}

async function expectSeen(
  api: Api,
  instance: Instance,
  item: Item,
  etag: string,
  ms: number,
  after: string,
): Promise<void> {
  let seen: string | undefined;
  const current = await until(async () => {
    seen = versionOf(api, await read(api, instance, item));
    return seen === etag;
  }, ms);
  expectThat(
    current,
    `${named(api, etag)} on an instance within ${ms} ms after ${after}`,
    named(api, seen ?? ''),
  );
}

/** That no copy of an older version comes back from anywhere. */
async function expectToStay(
  api: Api,
  instances: Instance[],
  item: { path: string },
  etag: string,
  times = 20,
): Promise<void> {
  for (let turn = 0; turn < times; turn += 1)
    for (const instance of instances)
      expectEqual(
        versionOf(api, await read(api, instance, item)),
        etag,
        api.contract.isOwn ? 'once it was seen, the ETag' : 'once it was seen, the version',
      );
}

/** A version for messages. */
function named({ contract }: Api, version: string): string {
  return contract.isOwn || /^(W\/)?"/.test(version) ? `ETag ${version}` : version;
}

/** An item that no cache has seen: its identifier was changed in the database. @returns its path */
async function coldItem(api: Api): Promise<string> {
  const { id } = await api.create();
  const key = `"${columnOf(api.resource.names.id ?? 'id')}"`;
  const cold = /^\d+$/.test(api.resource.absent()) ? String(randomInt(1e9, 2e9)) : randomUUID();
  await api.fleet.sql.setValue({ table: tableOf(api.resource), key, id, column: key }, cold);
  return api.resource.item(cold);
}

function readOften(api: Api, { url }: Instance, path: string): Promise<Response>[] {
  return Array.from({ length: callers }, () =>
    api.send({ path, to: url, as: 'reader', timeoutMs: slowestMs }),
  );
}
