import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { testCache } from '../support/cache.js';
import { faultyLink } from '../support/faulty-link.js';
import { eventually, instance } from '../support/stores.js';

const redis = await testCache();
afterAll(() => redis.stop());

const exact = { name: 'write', quota: 30, windowSeconds: 3600, lease: 1 };
const leased = { name: 'default', quota: 100, windowSeconds: 3600, lease: 10 };

describe.skipIf(!redis.url)(`shared rate limits (Redis: ${redis.note})`, () => {
  const url = redis.url ?? '';

  it('lets two processes through exactly as often as the quota says', async () => {
    const granted = await twoProcesses(url, exact, 100);
    expect(granted[0]! + granted[1]!).toBe(exact.quota);
  });

  it('never lets two processes through more often when they lease tokens', async () => {
    const granted = await twoProcesses(url, leased, 200);
    expect(granted[0]! + granted[1]!).toBeLessThanOrEqual(leased.quota);
    expect(granted[0]! + granted[1]!).toBeGreaterThanOrEqual(leased.quota * 0.8);
  });

  it('says when the next request passes, and lets it pass then', async () => {
    const { limiter, stores } = await instance(url, randomUUID());
    const policy = { name: 'write', quota: 1, windowSeconds: 1, lease: 1 };
    expect(await limiter.take(policy, 'a')).toMatchObject({ allowed: true, remaining: 0 });
    const refused = await limiter.take(policy, 'a');
    expect(refused).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, refused.retryAfterSeconds * 1000));
    expect(await limiter.take(policy, 'a')).toMatchObject({ allowed: true });
    await stores.close();
  });

  it('puts back what was taken, and never more than the quota', async () => {
    const prefix = randomUUID();
    const [a, b] = await Promise.all([instance(url, prefix), instance(url, prefix)]);
    const policy = { name: 'write', quota: 2, windowSeconds: 3600, lease: 1 };
    const taken = async (times: number) => {
      const verdicts = [];
      for (let time = 0; time < times; time += 1) verdicts.push((await a.limiter.take(policy, 'a')).allowed);
      return verdicts;
    };
    expect(await taken(3)).toEqual([true, true, false]);
    await a.limiter.giveBack(policy, 'a');
    expect(await taken(2)).toEqual([true, false]);
    for (let time = 0; time < 4; time += 1) await b.limiter.giveBack(policy, 'a');
    expect((await b.limiter.take(policy, 'a')).remaining).toBe(1);
    await Promise.all([a.stores.close(), b.stores.close()]);
  });

  it('asks the store once for a batch of ordinary requests', async () => {
    const { limiter, stores } = await instance(url, randomUUID());
    const policy = { name: 'default', quota: 10_000, windowSeconds: 60, lease: 20 };
    let asked = 0;
    for (let request = 0; request < 200; request++) {
      const verdict = limiter.take(policy, 'a');
      if (verdict instanceof Promise) asked += 1;
      expect((await verdict).remaining).toBeGreaterThanOrEqual(9_800 - 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(asked).toBeLessThan(30);
    await stores.close();
  });

  for (const fault of ['hang', 'cut'] as const) {
    it(`limits by itself while the store is away (${fault}), without delay, and shares again after`, async () => {
      const link = await faultyLink(url);
      const { limiter, stores, metrics } = await instance(link.url, randomUUID());
      expect((await limiter.take(exact, 'a')).remaining).toBe(exact.quota - 1);

      link[fault]();
      const delays = [];
      for (let request = 0; request < 20; request++) {
        const began = performance.now();
        expect((await limiter.take(exact, 'b')).allowed).toBe(true);
        delays.push(performance.now() - began);
      }
      expect(Math.max(...delays)).toBeLessThan(150);
      expect(delays.filter((delay) => delay > 50).length).toBeLessThanOrEqual(1);
      expect((await metrics.rateLimitFallback.get()).values[0]?.value).toBeGreaterThanOrEqual(19);
      await Promise.all(Array.from({ length: 20 }, () => limiter.take(exact, 'b')));
      expect((await limiter.take(exact, 'b')).allowed).toBe(false);

      link.heal();
      await eventually(
        async () => (await limiter.take(exact, 'c')).remaining < exact.quota - 1 && fallbacksStand(),
        5000,
      );
      await stores.close();
      link.close();

      async function fallbacksStand() {
        const before = (await metrics.rateLimitFallback.get()).values[0]?.value;
        await limiter.take(exact, 'd');
        return before === (await metrics.rateLimitFallback.get()).values[0]?.value;
      }
    });
  }
});

async function twoProcesses(url: string, policy: object, count: number): Promise<number[]> {
  const prefix = randomUUID();
  const script = fileURLToPath(new URL('../support/take-tokens.ts', import.meta.url));
  const processes = [1, 2].map(() => {
    const args = ['--import', 'tsx', script, url, prefix, JSON.stringify(policy), `${count}`];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  });
  for (const { lines } of processes) await lines.next();
  for (const { child } of processes) child.stdin.write('go\n');
  return Promise.all(processes.map(async ({ lines }) => Number((await lines.next()).value)));
}
