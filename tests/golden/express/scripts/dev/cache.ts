import { answers, usual } from './redis.js';

/** The Redis of REDIS_URL or of this machine; without one the process keeps cache and limits to itself. */
export async function prepare(env: NodeJS.ProcessEnv) {
  const stop = async () => {};
  if (env.REDIS_URL) return { env: {}, note: 'cache and rate limits: Redis at REDIS_URL', stop };
  if (await answers(usual))
    return { env: { REDIS_URL: usual }, note: `cache and rate limits: ${usual}`, stop };
  return {
    env: { REDIS_URL: '' },
    note: `cache and rate limits: in the process, as no Redis answers at ${usual}`,
    stop,
  };
}
