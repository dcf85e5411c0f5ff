import type { Link } from '../cache/redis-link.js';
import type { SharedBucket } from './bucket.js';

/** The bucket that instances share, on the clock of the Redis server. */
export function createRedisBucket(link: Link, prefix: string): SharedBucket {
  return {
    async take(key, policy, tokens) {
      const bucket = `${prefix}:limit:${policy.name}:${key}`;
      const [granted, remaining, retryAfterMs, resetMs] = await link.ask((client) =>
        client.rateLimit(bucket, policy.quota, policy.windowSeconds * 1000, tokens),
      );
      return { granted, remaining, retryAfterMs, resetMs };
    },
  };
}
