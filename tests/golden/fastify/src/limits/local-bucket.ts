import { LRUCache } from 'lru-cache';
import { type Grant, type Policy, refillMicroseconds } from './bucket.js';

const bucketsKept = 50_000;

export interface LocalBucket {
  /** Takes one token. */
  take(key: string, policy: Policy): Grant;
  /** Puts one token back that was taken. */
  giveBack(key: string, policy: Policy): void;
}

/**
 * Buckets of this process alone, by the algorithm of the shared one.
 * @param now milliseconds on a clock that is never set back
 * @param kept callers remembered at most; the one that was away longest starts with a full bucket
 */
export function createLocalBucket(now = () => performance.now(), kept = bucketsKept): LocalBucket {
  const fullAt = new LRUCache<string, number>({ max: kept });
  return {
    take(key, policy) {
      const name = `${policy.name}:${key}`;
      const time = Math.floor(now() * 1000);
      const interval = refillMicroseconds(policy);
      const capacity = policy.quota * interval;
      const full = Math.max(fullAt.get(name) ?? time, time);
      const free = Math.floor((time + capacity - full) / interval);
      if (free < 1) {
        const retryAfterMs = (full + interval - capacity - time) / 1000;
        return { granted: 0, remaining: 0, retryAfterMs, resetMs: (full - time) / 1000 };
      }
      fullAt.set(name, full + interval);
      return { granted: 1, remaining: free - 1, retryAfterMs: 0, resetMs: (full + interval - time) / 1000 };
    },
    giveBack(key, policy) {
      const name = `${policy.name}:${key}`;
      const full = fullAt.get(name);
      if (full !== undefined) fullAt.set(name, full - refillMicroseconds(policy));
    },
  };
}
