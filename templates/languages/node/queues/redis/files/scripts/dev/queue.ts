import { answers, usual } from './redis.js';

/** The Redis of QUEUE_URL or of this machine; without one the worker asks the database itself. */
export async function prepare(env: NodeJS.ProcessEnv) {
  const stop = async () => {};
  if (env.QUEUE_URL) return { env: {}, note: 'jobs: Redis at QUEUE_URL', stop };
  // Not where the cache is.
  const url = `${usual}/1`;
  if (await answers(url)) return { env: { QUEUE_URL: url }, note: `jobs: ${url}`, stop };
  return {
    env: { QUEUE_URL: '' },
    note: `jobs: the worker asks the database itself, as no Redis answers at ${usual}`,
    stop,
  };
}
