import type { Config } from '../config.js';
import type { Policy } from './bucket.js';

type Limits = Pick<Config, 'RATE_LIMIT_DEFAULT' | 'RATE_LIMIT_WRITE' | 'RATE_LIMIT_WINDOW_S'>;

const leaseAtLeast = 20;

/**
 * Tokens an instance takes at a time: what comes back in a second, as tokens that are held longer are taken for spent;
 * never more than a tenth of the quota, so that little is stranded on an instance that nobody asks.
 */
function lease(quota: number, windowSeconds: number): number {
  return Math.max(1, Math.floor(Math.min(quota / 10, Math.max(leaseAtLeast, quota / windowSeconds))));
}

/**
 * Rate limits by the name that operations use. A new one: `{ name, quota, windowSeconds, lease: 1 }`; a lease above 1
 * saves round trips to the shared store.
 */
export function policies(config: Limits) {
  const windowSeconds = config.RATE_LIMIT_WINDOW_S;
  const quota = config.RATE_LIMIT_DEFAULT;
  return {
    default: { name: 'default', quota, windowSeconds, lease: lease(quota, windowSeconds) },
    write: { name: 'write', quota: config.RATE_LIMIT_WRITE, windowSeconds, lease: 1 },
  } satisfies Record<string, Policy>;
}

export type PolicyName = keyof ReturnType<typeof policies>;
