import { Redis } from 'ioredis';

const usual = 'redis://localhost:6379';
const answerMs = 300;

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

/** Whether a Redis answers PING there within 300 ms. */
export async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: answerMs,
    commandTimeout: answerMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
