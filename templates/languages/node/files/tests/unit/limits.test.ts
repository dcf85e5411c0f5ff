import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { rateLimitHeaders } from '../../src/http/rate-limit-headers.js';
import type { Grant, Policy, SharedBucket } from '../../src/limits/bucket.js';
import { Lease } from '../../src/limits/lease.js';
import { createLimiter } from '../../src/limits/limiter.js';
import { createLocalBucket } from '../../src/limits/local-bucket.js';
import { policies } from '../../src/limits/policies.js';
import { createMetrics } from '../../src/telemetry/metrics.js';

const log = pino({ level: 'silent' });
const policy = (quota: number, windowSeconds: number, lease = 1): Policy => ({
  name: 'test',
  quota,
  windowSeconds,
  lease,
});

describe('a local bucket', () => {
  it('lets the quota through at once, then one for each interval', () => {
    let now = 1_000_000;
    const bucket = createLocalBucket(() => now);
    const taken = () => bucket.take('a', policy(7, 60));
    expect(Array.from({ length: 10 }, taken).filter(({ granted }) => granted === 1)).toHaveLength(7);
    const refused = taken();
    expect(refused).toMatchObject({ granted: 0, remaining: 0 });
    now += refused.retryAfterMs - 0.01;
    expect(taken().granted).toBe(0);
    now += 0.02;
    expect(taken().granted).toBe(1);
    expect(taken().granted).toBe(0);
    now += 3_600_000;
    expect(taken()).toMatchObject({ granted: 1, remaining: 6 });
  });

  it('puts back what was taken, and never more than the quota', () => {
    const bucket = createLocalBucket(() => 0);
    const taken = () => bucket.take('a', policy(2, 60)).granted;
    expect([taken(), taken(), taken()]).toEqual([1, 1, 0]);
    bucket.giveBack('a', policy(2, 60));
    expect([taken(), taken()]).toEqual([1, 0]);
    for (const caller of ['a', 'a', 'a', 'unknown']) bucket.giveBack(caller, policy(2, 60));
    expect([taken(), taken(), taken()]).toEqual([1, 1, 0]);
  });

  it('remembers a bounded number of callers', () => {
    const bucket = createLocalBucket(() => 0, 2);
    for (const caller of ['a', 'b', 'c']) bucket.take(caller, policy(1, 60));
    expect(bucket.take('c', policy(1, 60)).granted).toBe(0);
    expect(bucket.take('a', policy(1, 60)).granted).toBe(1);
  });
});

describe('a lease', () => {
  const grant = (granted: number, remaining: number, resetMs: number): Grant => {
    return { granted, remaining, retryAfterMs: 0, resetMs };
  };

  it('gives its tokens up as the shared bucket refills', () => {
    const lease = new Lease(policy(100, 60, 10));
    lease.receive(grant(10, 90, 6000), 10, 0, 1);
    expect(lease.take(1)).toMatchObject({ allowed: true, remaining: 98 });
    expect(lease.take(4500)).toMatchObject({ allowed: true, remaining: 91 });
    expect(lease.take(6000)).toBeUndefined();
  });

  it('takes smaller batches from a bucket that is nearly empty', () => {
    const lease = new Lease(policy(100, 60, 10));
    expect(lease.batch).toBe(10);
    lease.receive(grant(10, 12, 52_800), 10, 0, 1);
    expect(lease.batch).toBe(3);
    lease.receive(grant(3, 3, 58_200), 3, 0, 1);
    expect(lease.batch).toBe(1);
  });
});

describe('a limiter', () => {
  it('asks once for all who wait, and refuses at once those it knows to be refused', async () => {
    const asked: number[] = [];
    const shared: SharedBucket = {
      async take(_key, _policy, tokens) {
        asked.push(tokens);
        const free = asked.length === 1 ? 1 : 19;
        const granted = Math.min(tokens, free);
        return {
          granted,
          remaining: free - granted,
          retryAfterMs: granted < tokens ? 2500 : 0,
          resetMs: 60_000,
        };
      },
    };
    const limiter = createLimiter({ shared, metrics: createMetrics(), log });
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => limiter.take(policy(20, 60), 'a')));
    expect(asked).toEqual([1, 49]);
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(20);
    expect(verdicts.at(-1)).toMatchObject({ allowed: false, retryAfterSeconds: 3 });
    expect(limiter.take(policy(20, 60), 'a')).toMatchObject({ allowed: false });
    expect(asked).toHaveLength(2);
  });

  it('limits by itself while the shared bucket fails', async () => {
    const metrics = createMetrics();
    const shared: SharedBucket = { take: () => Promise.reject(new Error('down')) };
    const limiter = createLimiter({ shared, metrics, log });
    const verdicts = await Promise.all(Array.from({ length: 9 }, () => limiter.take(policy(5, 60), 'a')));
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(5);
    expect((await metrics.rateLimitFallback.get()).values[0]?.value).toBe(9);
    await limiter.giveBack(policy(5, 60), 'a');
    expect((await limiter.take(policy(5, 60), 'a')).allowed).toBe(true);
  });
});

describe('rate-limit headers', () => {
  it('follows the draft, and the older fields', () => {
    const limit = policies({ RATE_LIMIT_DEFAULT: 100, RATE_LIMIT_WRITE: 30, RATE_LIMIT_WINDOW_S: 60 });
    const verdict = {
      allowed: true,
      policy: limit.default,
      remaining: 99,
      resetSeconds: 1,
      retryAfterSeconds: 0,
    };
    expect(rateLimitHeaders(verdict)).toEqual({
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '99',
      'x-ratelimit-reset': '1',
      'ratelimit-policy': '"default";q=100;w=60',
      ratelimit: '"default";r=99;t=1',
    });
    expect([limit.default.lease, limit.write.lease]).toEqual([10, 1]);
    const large = policies({ RATE_LIMIT_DEFAULT: 1_000_000, RATE_LIMIT_WRITE: 30, RATE_LIMIT_WINDOW_S: 60 });
    expect(large.default.lease).toBe(16_666);
  });
});
