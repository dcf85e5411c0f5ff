import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import { faultyLink } from '../support/faulty-link.js';
import { startRedis } from '../support/redis.js';
import { eventually, instance, someContext } from '../support/stores.js';

const servers = [await startRedis(), await startRedis()];
afterAll(async () => {
  for (const server of servers) await server?.stop();
});

const entry = (version: number) => ({ version, body: `{"version":${version}}`, storedAt: Date.now() });
const policy = { name: 'write', quota: 1000, windowSeconds: 3600, lease: 1 };

describe.skipIf(!servers[1])('failover in which the old primary stays as a replica', () => {
  it('moves limits, cache and announcements to the new primary', async () => {
    const [oldUrl, newUrl] = servers.map((server) => server!.url) as [string, string];
    const [old, promoted] = [new Redis(oldUrl), new Redis(newUrl)];
    const portOf = (url: string) => Number(new URL(url).port);
    await promoted.replicaof('127.0.0.1', portOf(oldUrl));
    await eventually(
      async () => (await promoted.info('replication')).includes('master_link_status:up'),
      30_000,
    );

    const link = await faultyLink(oldUrl);
    const [a, b] = [await instance(link.url, 'failover'), await instance(link.url, 'failover')];
    await eventually(() => a.stores.store.connected && b.stores.store.connected, 5000);
    const take = async (from: typeof a) => (await from.limiter.take(policy, 'caller')).remaining;
    expect([await take(a), await take(b)]).toEqual([999, 998]);

    await promoted.replicaof('NO', 'ONE');
    await old.replicaof('127.0.0.1', portOf(newUrl));
    await take(a);
    await take(b);
    // The address leads to the old primary for a while.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    link.lead(newUrl);
    // Two instances that count for themselves would both say the same.
    await eventually(async () => (await take(a)) - (await take(b)) === 1, 5000);
    await eventually(() => a.stores.store.connected && b.stores.store.connected, 10_000);
    const read = (from: typeof a, version: number) =>
      from.cache.read('item', async () => entry(version), someContext());
    await eventually(async () => {
      await a.cache.replace('item', entry(1));
      return (await b.stores.store.get('item', someContext()))?.version === 1;
    }, 10_000);
    await read(b, 9);
    await old.replicaof('127.0.0.1', 1);
    await a.cache.replace('item', entry(2));
    await eventually(async () => (await read(b, 9)).entry?.version === 2, 5000);

    for (const { stores } of [a, b]) await stores.close();
    link.close();
    for (const client of [old, promoted]) client.disconnect();
  }, 120_000);
});
