/**
 * Settings of the rows on deadlines and outages: times that can be waited for, cached items that are stale after a
 * second, and readiness that depends on the database. The deadline is long enough to see that a statement ends before
 * it, and short compared with the limits of the database itself.
 */
export const shortTimes = {
  REQUEST_TIMEOUT_MS: 1500,
  DB_STATEMENT_TIMEOUT_MS: 20_000,
  DB_ACQUIRE_TIMEOUT_MS: 800,
  CACHE_L1_TTL_MS: 300,
  CACHE_L2_TTL_S: 1,
  READINESS_GATES: 'database',
};
