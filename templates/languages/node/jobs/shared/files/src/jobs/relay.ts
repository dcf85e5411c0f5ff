import { inBackground } from '../background.js';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import type { Log } from '../telemetry/log.js';
import type { Broker } from './broker.js';
import { table } from './table.js';

const batchSize = 100;

/** Sends jobs from the table to the queue. */
export interface Relay {
  /** Looks for jobs at once. */
  wake(): void;
  close(): Promise<void>;
}

/**
 * Sends what is due: jobs whose transaction is committed, jobs to be tried again, and jobs that the queue or a worker has lost.
 * It runs in every process, and one at a time does. While the queue is down the jobs wait in the table.
 */
export function createRelay({
  config,
  database,
  broker,
  log,
}: {
  config: Pick<Config, 'JOB_RELAY_MS' | 'JOB_REPUBLISH_S'>;
  database: Database;
  broker: Broker;
  log: Log;
}): Relay {
  let closed = false;
  let again = false;
  let failing = false;
  let turn: Promise<void> | undefined;

  const batch = () =>
    inBackground((context) =>
      database.transaction(context, async (transaction) => {
        const due = await transaction.queryLocked('job relay', table.due(batchSize));
        if (!due || due.length === 0) return 0;
        const ids = due.map(({ id }) => id);
        // Before the update: rows must not be locked while the queue hangs. A worker that is faster has the row by then.
        await broker.publish(ids);
        await transaction.query(table.sent(ids, config.JOB_REPUBLISH_S));
        return ids.length;
      }),
    );

  async function send(): Promise<void> {
    try {
      do again = false;
      while (!closed && ((await batch()) === batchSize || again));
      if (failing) log.info('jobs are sent to the queue again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ error }, 'jobs wait, as they cannot be sent to the queue');
      failing = true;
    } finally {
      turn = undefined;
    }
  }

  function wake(): void {
    again = true;
    if (!closed) turn ??= send();
  }

  const timer = setInterval(wake, config.JOB_RELAY_MS).unref();
  return {
    wake,
    async close() {
      closed = true;
      clearInterval(timer);
      await turn;
    },
  };
}
