import { testRedis } from './redis.js';

/** A Redis for tests: one that runs already, else one started here; without either the tests that need it skip. */
export const testCache = () => testRedis('REDIS_URL');
