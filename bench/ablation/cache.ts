// Run in a Fastify project with PostgreSQL, Redis and JWT, beside which bentocache was installed:
//   npm install --no-save --legacy-peer-deps bentocache
//   REDIS_URL=redis://… taskset -c 0 node --import tsx <this file>
// CPU of the process for a read from the two-level cache, ours and bentocache's by turns, and whether a reader that is slower than
// a write leaves the old version behind.
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const project = process.cwd();
const own = (file: string) => import(pathToFileURL(path.join(project, 'src', file)).href);
const library = (name: string) =>
  import(pathToFileURL(createRequire(path.join(project, 'package.json')).resolve(name)).href);

const rounds = 15;
const reads = 3000;
const atOnce = 20;
const keys = 500;

const { createCache } = await own('cache/two-level.ts');
const { createStores } = await own('cache/connect.ts');
const { BentoCache, bentostore } = await library('bentocache');
const { memoryDriver } = await library('bentocache/drivers/memory');
const { redisDriver, redisBusDriver } = await library('bentocache/drivers/redis');
const { Redis } = await library('ioredis');

const url = new URL(process.env.REDIS_URL!);
const connection = { host: url.hostname, port: Number(url.port) };
const ignored: unknown = new Proxy(() => ignored, { get: () => ignored });
const context = { cancelled: undefined, onCancel: () => () => {}, span: undefined };
const body = JSON.stringify({
  id: randomUUID(),
  name: 'A product',
  price: '12.50',
  status: 'active',
  note: 'x'.repeat(120),
});

interface Instance {
  read(key: string, load: () => Promise<number>): Promise<number>;
  write(key: string, version: number): Promise<void>;
}

async function ours(prefix: string, memoryMs: number): Promise<Instance> {
  const stores = await createStores({
    config: { REDIS_URL: url.href, CACHE_PREFIX: prefix },
    log: ignored,
    metrics: ignored,
  });
  const config = {
    CACHE_L1_ENTRIES: 10_000,
    CACHE_L1_TTL_MS: memoryMs,
    CACHE_L2_TTL_S: 60,
    CACHE_STALE_S: 60,
  };
  const cache = createCache({ shared: stores.store, config, metrics: ignored });
  const entry = (version: number) => ({ version, body, storedAt: Date.now() });
  return {
    read: async (key, load) =>
      (await cache.read(key, async () => entry(await load()), context)).entry.version,
    write: (key, version) => cache.replace(key, entry(version)),
  };
}

async function bento(prefix: string, memory: boolean): Promise<Instance> {
  const store = bentostore();
  if (memory) store.useL1Layer(memoryDriver({ maxItems: 10_000 }));
  store.useL2Layer(redisDriver({ connection: new Redis(connection) })).useBus(redisBusDriver({ connection }));
  const cache = new BentoCache({ default: 'api', prefix, stores: { api: store } });
  return {
    read: async (key, load) => {
      const factory = async () => ({ version: await load(), body });
      return (await cache.getOrSet({ key, ttl: '60s', grace: '60s', factory })).version;
    },
    write: (key, version) => cache.set({ key, value: { version, body }, ttl: '60s' }),
  };
}

async function microseconds(instance: Instance): Promise<number> {
  const before = process.cpuUsage();
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < reads) await instance.read(`item:${next++ % keys}`, async () => 1);
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / reads;
}

function quartiles(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
  return `${at(0.5)} (${at(0.25)}–${at(0.75)})`;
}

const contenders: Record<string, Instance> = {
  'memory, own': await ours('own-memory', 60_000),
  'memory, bentocache': await bento('bento-memory', true),
  'shared store, own': await ours('own-shared', 0),
  'shared store, bentocache': await bento('bento-shared', false),
};
const figures = new Map<string, number[]>();
for (let round = -2; round < rounds; round++) {
  for (const [name, instance] of Object.entries(contenders)) {
    const value = await microseconds(instance);
    if (round >= 0) figures.set(name, [...(figures.get(name) ?? []), value]);
  }
}
for (const [name, values] of figures) console.log(`${name.padEnd(28)} ${quartiles(values)} µs`);

/** A reader asks the database, then another instance writes, then the reader gets its answer. What do both say afterwards? */
async function race(make: (prefix: string) => Promise<Instance>): Promise<string> {
  const prefix = `race-${randomUUID()}`;
  const [reader, writer] = [await make(prefix), await make(prefix)];
  await sleep(500);
  const slow = reader.read('item', async () => {
    await sleep(300);
    return 1;
  });
  await sleep(100);
  await writer.write('item', 2);
  await slow;
  await sleep(200);
  const stored = async () => 2;
  return `reader ${await reader.read('item', stored)}, writer ${await writer.read('item', stored)}`;
}
console.log('after the race, own:       ', await race((prefix) => ours(prefix, 60_000)));
console.log('after the race, bentocache:', await race((prefix) => bento(prefix, true)));
process.exit(0);
