import { randomUUID } from 'node:crypto';
import type { Config } from '../config.js';
import { createRedisBucket } from '../limits/redis-bucket.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { inProcessStores } from './in-process.js';
import { createLink } from './redis-link.js';
import { createRedisMarks } from './redis-marks.js';
import { createRedisStore } from './redis-store.js';
import type { Stores } from './store.js';

const firstAnswerMs = 500;

/**
 * Connects to Redis. Waits half a second at most: the process starts without it and takes it up when it comes.
 * Without REDIS_URL, which only development allows, nothing is shared.
 */
export async function createStores({
  config,
  log,
  metrics,
}: {
  config: Pick<Config, 'REDIS_URL' | 'CACHE_PREFIX'>;
  log: Log;
  metrics: Metrics;
}): Promise<Stores> {
  if (!config.REDIS_URL) {
    return inProcessStores(
      'REDIS_URL is not set: cache and rate limits live in this process, for one instance only',
    );
  }
  const link = createLink({ url: config.REDIS_URL, log, metrics });
  const store = createRedisStore(link, config.CACHE_PREFIX, randomUUID());
  await link.firstAnswer(firstAnswerMs);
  return {
    store,
    bucket: createRedisBucket(link, config.CACHE_PREFIX),
    marks: createRedisMarks(link, config.CACHE_PREFIX),
    // Answers or gives up within the 100 ms that every command has.
    ping: async () => {
      await link.ask((client) => client.ping());
    },
    async close() {
      store.close();
      link.close();
    },
  };
}
