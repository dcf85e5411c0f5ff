import type { Config } from '../config.js';
import type { Policy } from './bucket.js';

type Limits = Pick<Config, 'RATE_LIMIT_DEFAULT' | 'RATE_LIMIT_WRITE' | 'RATE_LIMIT_WINDOW_S'>;

/** A tenth of the quota at a time saves most round trips; more than 20 would save little and strand tokens. */
const lease = (quota: number) => Math.min(20, Math.max(1, Math.floor(quota / 10)));

/** The limits of ordinary operations, by the name that openapi.yaml uses. */
export function policies(config: Limits) {
  const windowSeconds = config.RATE_LIMIT_WINDOW_S;
  const quota = config.RATE_LIMIT_DEFAULT;
  return {
    default: { name: 'default', quota, windowSeconds, lease: lease(quota) },
    write: { name: 'write', quota: config.RATE_LIMIT_WRITE, windowSeconds, lease: 1 },
  } satisfies Record<string, Policy>;
}
