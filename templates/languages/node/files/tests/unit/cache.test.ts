import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { inProcessStores } from '../../src/cache/in-process.js';
import type { ChangeListener, Entry, SharedStore } from '../../src/cache/store.js';
import { createCache } from '../../src/cache/two-level.js';
import { cacheStatus } from '../../src/http/cache-status.js';
import { dependencyUnavailable } from '../../src/problem.js';
import { clientGone, RequestContext } from '../../src/request-context.js';
import { createMetrics } from '../../src/telemetry/metrics.js';

const settings = { CACHE_L1_ENTRIES: 10, CACHE_L1_TTL_MS: 5000, CACHE_L2_TTL_S: 60, CACHE_STALE_S: 60 };
const entry = (version: number, ageMs = 0): Entry => {
  return { version, body: `{"version":${version}}`, storedAt: Date.now() - ageMs };
};
const someContext = () => new RequestContext('test', trace.wrapSpanContext(INVALID_SPAN_CONTEXT), 10_000);

function cacheWith(shared: Partial<SharedStore> = {}, changed: Partial<typeof settings> = {}) {
  const store = { ...inProcessStores('').store, ...shared };
  return createCache({ shared: store, config: { ...settings, ...changed }, metrics: createMetrics() });
}

/** A loader that counts its calls and resolves on request. */
function slowLoader() {
  const answers: ((entry: Entry | undefined) => void)[] = [];
  return { answers, load: () => new Promise<Entry | undefined>((resolve) => answers.push(resolve)) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the cache', () => {
  it('asks once for any number of readers', async () => {
    const cache = cacheWith();
    const { answers, load } = slowLoader();
    const readings = Array.from({ length: 200 }, () => cache.read('a', load, someContext()));
    await settled();
    expect(answers).toHaveLength(1);
    answers[0]?.(entry(1));
    expect((await Promise.all(readings)).every(({ entry }) => entry?.version === 1)).toBe(true);
    expect(cache.peek('a')).toMatchObject({ outcome: 'hit', level: 'l1' });
  });

  it('keeps nothing of items that do not exist', async () => {
    const cache = cacheWith();
    let asked = 0;
    const load = async () => {
      asked += 1;
      return undefined;
    };
    for (let reading = 0; reading < 3; reading++) {
      expect(await cache.read('a', load, someContext())).toMatchObject({ entry: undefined, outcome: 'miss' });
    }
    expect(asked).toBe(3);
  });

  it('lets the next reader take over from one that was cancelled', async () => {
    const cache = cacheWith();
    const first = someContext();
    const cancelled = cache.read('a', () => new Promise((_, reject) => first.onCancel(reject)), first);
    const { answers, load } = slowLoader();
    const others = [1, 2, 3].map(() => cache.read('a', load, someContext()));
    await settled();
    first.cancel(clientGone());
    await expect(cancelled).rejects.toThrow('closed the connection');
    await settled();
    expect(answers).toHaveLength(1);
    answers[0]?.(entry(1));
    expect((await Promise.all(others)).map(({ entry }) => entry?.version)).toEqual([1, 1, 1]);
  });

  it('lets a reader go whose request was cancelled, without harm to the others', async () => {
    const cache = cacheWith();
    const { answers, load } = slowLoader();
    const first = cache.read('a', load, someContext());
    const context = someContext();
    const second = cache.read('a', load, context);
    context.cancel(clientGone());
    await expect(second).rejects.toThrow('closed the connection');
    answers[0]?.(entry(1));
    expect((await first).entry?.version).toBe(1);
  });

  for (const [name, change] of [
    ['a write here', (cache: ReturnType<typeof cacheWith>) => cache.replace('a', entry(2))],
    ['a removal here', (cache: ReturnType<typeof cacheWith>) => cache.remove('a')],
    ['a write elsewhere', (_: unknown, listener: ChangeListener) => listener.changed('a', 2)],
    ['messages that were lost', (_: unknown, listener: ChangeListener) => listener.lost()],
  ] as const) {
    it(`does not keep what was read before ${name}`, async () => {
      let listener: ChangeListener | undefined;
      const cache = cacheWith({
        subscribe: (given) => {
          listener = given;
        },
      });
      const { answers, load } = slowLoader();
      const reading = cache.read('a', load, someContext());
      await settled();
      await change(cache, listener!);
      const later = cache.read('a', load, someContext());
      await settled();
      answers[0]?.(entry(1));
      await reading;
      expect(cache.peek('a')?.entry?.version).not.toBe(1);
      answers[1]?.(entry(2));
      expect((await later).entry?.version).toBe(2);
    });
  }

  it('does not put its own write over a newer one that it heard of', async () => {
    let listener: ChangeListener | undefined;
    const cache = cacheWith({
      subscribe: (given) => {
        listener = given;
      },
    });
    listener?.changed('a', 3);
    await cache.replace('a', entry(2));
    expect(cache.peek('a')).toBeUndefined();
  });

  it('answers with nothing older than before when the store comes back', async () => {
    let listener: ChangeListener | undefined;
    let stored: Entry | undefined;
    const cache = cacheWith({
      get: async () => stored,
      subscribe: (given) => {
        listener = given;
      },
    });
    await cache.read('a', async () => entry(2), someContext());
    listener?.lost();
    stored = entry(1);
    const reading = await cache.read('a', async () => entry(2), someContext());
    expect(reading).toMatchObject({ level: 'origin', entry: { version: 2 } });
  });

  it('believes its memory for a second at most while no changes are heard of', async () => {
    const store = { ...inProcessStores('').store, connected: true };
    const cache = createCache({ shared: store, config: settings, metrics: createMetrics() });
    await cache.read('a', async () => entry(1), someContext());
    expect(cache.peek('a')?.ttlSeconds).toBeGreaterThan(4);
    store.connected = false;
    expect(cache.peek('a')?.ttlSeconds).toBeLessThanOrEqual(1);
  });

  it('answers with a stale copy while the database is down, but not for ever', async () => {
    const down = async () => {
      throw dependencyUnavailable('database');
    };
    const cache = cacheWith({ get: async () => entry(1, 90_000) });
    const reading = await cache.read('a', down, someContext());
    expect(reading).toMatchObject({ outcome: 'stale', level: 'l2', entry: { version: 1 } });
    expect(cacheStatus(reading)).toEqual({
      'cache-status': expect.stringMatching(/^l2; fwd=stale; ttl=-3\d; detail=origin-unavailable$/),
      age: '90',
    });
    const tooOld = cacheWith({ get: async () => entry(1, 130_000) });
    await expect(tooOld.read('a', down, someContext())).rejects.toThrow('not available');
  });

  it('does not hide an error that is no outage', async () => {
    const cache = cacheWith({ get: async () => entry(1, 90_000) });
    const broken = async () => {
      throw new TypeError('a bug');
    };
    await expect(cache.read('a', broken, someContext())).rejects.toThrow('a bug');
  });

  it('says which level answered', async () => {
    const cache = cacheWith({ get: async (key) => (key === 'shared' ? entry(1) : undefined) });
    const status = async (key: string) =>
      cacheStatus(await cache.read(key, async () => entry(1), someContext()))['cache-status'];
    expect(await status('new')).toBe('l1; fwd=miss');
    expect(await status('new')).toBe('l1; hit; ttl=4');
    expect(await status('shared')).toMatch(/^l2; hit; ttl=(59|60)$/);
  });
});
