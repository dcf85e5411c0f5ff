import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import { markedMs, removedVersion } from '../../src/cache/store.js';
import { dependencyUnavailable } from '../../src/problem.js';
import { testCache } from '../support/cache.js';
import { faultyLink } from '../support/faulty-link.js';
import { eventually, instance, someContext } from '../support/stores.js';

const redis = await testCache();
afterAll(() => redis.stop());

const entry = (version: number) => ({ version, body: `{"version":${version}}`, storedAt: Date.now() });

describe.skipIf(!redis.url)(`shared cache (Redis: ${redis.note})`, () => {
  const url = redis.url ?? '';

  async function pair() {
    const prefix = randomUUID();
    const [a, b] = await Promise.all([instance(url, prefix), instance(url, prefix)]);
    await eventually(() => a.stores.store.connected && b.stores.store.connected, 1000);
    const read = async (from: typeof a, version: number | undefined) =>
      from.cache.read('item', async () => (version ? entry(version) : undefined), someContext());
    const close = () => Promise.all([a.stores.close(), b.stores.close()]);
    return { a, b, read, close };
  }

  it('answers from what another instance has read', async () => {
    const { a, b, read, close } = await pair();
    expect(await read(a, 1)).toMatchObject({ outcome: 'miss', level: 'origin' });
    await eventually(async () => (await a.stores.store.get('item', someContext())) !== undefined, 1000);
    expect(await read(b, 9)).toMatchObject({ outcome: 'hit', level: 'l2', entry: { version: 1 } });
    expect(await read(b, 9)).toMatchObject({ outcome: 'hit', level: 'l1', entry: { version: 1 } });
    await close();
  });

  it('shows a change on the other instance within a second', async () => {
    const { a, b, read, close } = await pair();
    await read(a, 1);
    await read(b, 1);
    expect(b.cache.peek('item')?.entry?.version).toBe(1);
    await a.cache.replace('item', entry(2));
    await eventually(async () => (await read(b, 9)).entry?.version === 2, 1000);
    await a.cache.remove('item');
    await eventually(async () => (await read(b, undefined)).entry === undefined, 1000);
    await close();
  });

  it('keeps a late reader from putting an old version back', async () => {
    const { a, b, close } = await pair();
    await a.cache.replace('item', entry(2));
    await b.stores.store.set('item', entry(1), 60);
    expect((await a.stores.store.get('item', someContext()))?.version).toBe(2);
    await a.cache.remove('item');
    await b.stores.store.set('item', entry(3), 60);
    expect(await a.stores.store.get('item', someContext())).toBeUndefined();
    await close();
  });

  it('keeps what was read before a change elsewhere out of memory', async () => {
    const { a, b, close } = await pair();
    let finish = (_version: number) => {};
    const slow = b.cache.read(
      'item',
      () => new Promise((resolve) => (finish = (v) => resolve(entry(v)))),
      someContext(),
    );
    await eventually(() => finish.length === 1, 1000);
    await a.cache.replace('item', entry(2));
    await eventually(async () => (await b.stores.store.get('item', someContext()))?.version === 2, 1000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    finish(1);
    await slow;
    expect(b.cache.peek('item')).toBeUndefined();
    expect((await a.stores.store.get('item', someContext()))?.version).toBe(2);
    await close();
  });

  it('forgets its memory when messages may have been missed', async () => {
    const link = await faultyLink(url);
    const { cache, stores } = await instance(link.url, randomUUID());
    await eventually(() => stores.store.connected, 1000);
    await cache.read('item', async () => entry(1), someContext());
    link.cut();
    await eventually(() => cache.peek('item') === undefined, 500);
    expect(stores.store.connected).toBe(false);
    await cache.read('item', async () => entry(1), someContext());
    expect(cache.peek('item')).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect(cache.peek('item')).toBeUndefined();
    link.heal();
    await eventually(() => stores.store.connected, 5000);
    await stores.close();
    link.close();
  });

  it('notices within two seconds that a connection hangs', async () => {
    const link = await faultyLink(url);
    const { cache, stores } = await instance(link.url, randomUUID());
    await eventually(() => stores.store.connected, 1000);
    await cache.read('item', async () => entry(1), someContext());
    link.hang();
    await eventually(() => !stores.store.connected && cache.peek('item') === undefined, 2000);
    await expect(stores.ping(500)).rejects.toThrow();
    link.heal();
    await eventually(
      async () =>
        stores.store.connected &&
        (await stores.ping(500).then(
          () => true,
          () => false,
        )),
      5000,
    );
    await stores.close();
    link.close();
  });

  it('costs a reader one timeout when the store hangs, and then nothing', async () => {
    const link = await faultyLink(url);
    const { cache, stores } = await instance(link.url, randomUUID());
    link.hang();
    const delays = [];
    for (let key = 0; key < 20; key++) {
      const began = performance.now();
      await cache.read(`item ${key}`, async () => entry(1), someContext());
      delays.push(performance.now() - began);
    }
    expect(Math.max(...delays)).toBeLessThan(150);
    expect(delays.filter((delay) => delay > 50).length).toBeLessThanOrEqual(1);
    await stores.close();
    link.close();
  });

  it('sends a missed change to the store later', async () => {
    const prefix = randomUUID();
    const link = await faultyLink(url);
    const a = await instance(link.url, prefix);
    const b = await instance(url, prefix);
    await a.cache.replace('item', entry(1));
    await a.cache.replace('gone', entry(1));
    link.cut();
    await a.cache.replace('item', entry(2));
    await a.cache.remove('gone');
    expect((await b.stores.store.get('item', someContext()))?.version).toBe(1);
    link.heal();
    await eventually(async () => (await b.stores.store.get('item', someContext())) === undefined, 5000);
    await eventually(async () => (await b.stores.store.get('gone', someContext())) === undefined, 5000);
    await b.stores.store.set('item', entry(1), 60);
    expect(await b.stores.store.get('item', someContext())).toBeUndefined();
    await b.stores.store.set('item', entry(2), 60);
    expect((await b.stores.store.get('item', someContext()))?.version).toBe(2);
    await Promise.all([a.stores.close(), b.stores.close()]);
    link.close();
  });

  it('waits for a moment for the store to hear of a change', async () => {
    const prefix = randomUUID();
    const link = await faultyLink(url);
    const [a, b] = await Promise.all([instance(link.url, prefix), instance(url, prefix)]);
    await a.cache.replace('item', entry(1));
    link.cut();
    link.heal();
    await a.cache.replace('item', entry(2));
    expect((await b.stores.store.get('item', someContext()))?.version).not.toBe(1);
    await Promise.all([a.stores.close(), b.stores.close()]);
    link.close();
  });

  it('answers with a stale copy while the database is down', async () => {
    const prefix = randomUUID();
    const short = { CACHE_L1_TTL_MS: 50, CACHE_L2_TTL_S: 1 };
    const [a, b] = await Promise.all([instance(url, prefix, short), instance(url, prefix, short)]);
    const down = async () => {
      throw dependencyUnavailable('database');
    };
    await eventually(() => a.stores.store.connected, 1000);
    await a.cache.read('item', async () => entry(1), someContext());
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await a.cache.read('item', down, someContext())).toMatchObject({ outcome: 'stale', level: 'l1' });
    expect(await b.cache.read('item', down, someContext())).toMatchObject({ outcome: 'stale', level: 'l2' });
    await expect(a.cache.read('unknown', down, someContext())).rejects.toThrow('not available');
    await Promise.all([a.stores.close(), b.stores.close()]);
  });

  it('sends a mark to the other instances, and assumes marks after an outage of the store', async () => {
    const prefix = randomUUID();
    const link = await faultyLink(url);
    const [a, b] = await Promise.all([instance(url, prefix), instance(link.url, prefix)]);
    const marks = b.stores.marks!;
    await eventually(async () => !(await marks.mayHave('somebody')), markedMs + 1000);
    await a.stores.marks?.leave('somebody');
    expect(await marks.mayHave('somebody')).toBe(true);
    expect(await marks.mayHave('somebody else')).toBe(false);
    expect([await marks.has('somebody'), await marks.has('somebody else')]).toEqual([true, false]);

    link.hang();
    const began = performance.now();
    expect(await marks.mayHave('somebody else')).toBe(true);
    expect(await marks.has('somebody')).toBeUndefined();
    await marks.leave('somebody');
    expect(performance.now() - began).toBeLessThan(150);
    link.heal();
    await expect.poll(() => b.stores.ping(500), { timeout: 5000 }).toBeUndefined();
    expect(await marks.mayHave('somebody else')).toBe(true);
    await Promise.all([a.stores.close(), b.stores.close()]);
    link.close();
  }, 15_000);

  it('leaves nothing behind for ever', async () => {
    const prefix = randomUUID();
    const { cache, limiter, stores } = await instance(url, prefix);
    await cache.replace('kept', entry(1));
    await cache.remove('removed');
    await stores.marks?.leave('somebody');
    await limiter.take({ name: 'default', quota: 10, windowSeconds: 60, lease: 1 }, 'caller');
    const client = new Redis(url);
    const keys = await client.keys(`${prefix}:*`);
    const lives = await Promise.all(keys.map((key) => client.ttl(key)));
    expect(keys.length).toBe(4);
    expect(Math.min(...lives)).toBeGreaterThan(0);
    expect(removedVersion).toBeLessThan(2 ** 53);
    client.disconnect();
    await stores.close();
  });
});
