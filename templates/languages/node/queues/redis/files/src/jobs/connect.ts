import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Config } from '../config.js';
import { createBreaker } from '../resilience.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Broker } from './broker.js';

const publishMs = 2000;
/** A connection on which a command waits for so long is given up; one that waits for jobs hears something every 5 s. */
const silenceMs = 15_000;
const longestRetryMs = 2000;
const eventsKept = 100;

interface Parts {
  config: Pick<Config, 'QUEUE_URL' | 'QUEUE_NAME'>;
  log: Log;
  metrics: Metrics;
}

/** A queue of BullMQ. Its server need not be there yet. @returns undefined without QUEUE_URL, which only development allows */
export function createBroker({ config, log, metrics }: Parts): Broker | undefined {
  if (!config.QUEUE_URL) return undefined;
  const name = config.QUEUE_NAME;
  const breaker = createBreaker('queue', metrics, () => true);
  const connection = connect(config.QUEUE_URL, log);
  const queue = new Queue(name, {
    connection,
    // The table has the attempts and what became of them.
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    streams: { events: { maxLen: eventsKept } },
  });
  queue.on('error', () => {});

  /** @throws at once while there is no connection, as the queue would wait for one */
  async function within<Result>(timeoutMs: number, ask: () => Promise<Result>): Promise<Result> {
    if (connection.status !== 'ready') throw new Error('the queue is not connected');
    const timer = new AbortController();
    const late = sleep(timeoutMs, undefined, { signal: timer.signal }).then(() => {
      throw new Error('the queue does not answer');
    });
    late.catch(() => {});
    return Promise.race([ask(), late]).finally(() => timer.abort());
  }

  return {
    async publish(ids) {
      const jobs = ids.map((id) => ({ name: 'job', data: { id } }));
      await breaker.execute(() => within(publishMs, () => queue.addBulk(jobs)));
    },
    consume(concurrency, work) {
      const own = connect(config.QUEUE_URL, log);
      const worker = new Worker<{ id: string }>(name, ({ data }) => work(data.id), {
        connection: own,
        concurrency,
      });
      worker.on('error', () => {});
      return {
        async close() {
          await worker.close();
          own.disconnect();
        },
      };
    },
    ping: (timeoutMs) => within(timeoutMs, () => connection.ping()).then(() => {}),
    async close() {
      connection.disconnect();
    },
  };
}

/** A connection that is made again whenever it is lost; each loss is logged once. */
function connect(url: string, log: Log): Redis {
  const client = new Redis(url, {
    maxRetriesPerRequest: null,
    socketTimeout: silenceMs,
    connectTimeout: publishMs,
    retryStrategy: (attempt) => Math.min(100 * attempt, longestRetryMs),
  });
  let lost = false;
  client.on('error', ({ message }) => {
    if (!lost) log.warn({ reason: message }, 'the queue does not answer');
    lost = true;
  });
  client.on('ready', () => {
    if (lost) log.info('the queue answers');
    lost = false;
  });
  return client;
}
