import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.js';
import { createDatabase } from '../database/connect.js';
import { purgeRegularly } from '../database/purge.js';
import { createSchemaCheck } from '../database/schema.js';
import { Lifecycle } from '../lifecycle.js';
import { serializer } from '../openapi.js';
import { createLog } from '../telemetry/log.js';
import { createMetrics } from '../telemetry/metrics.js';
import { createBroker } from './connect.js';
import { createFiles, expiredJobs } from './files.js';
import { handlers } from './handlers.js';
import { inProcessBroker } from './in-process.js';
import { observeJobs } from './metrics.js';
import { createRelay } from './relay.js';
import { createRunner } from './run.js';

/** Part of SHUTDOWN_TIMEOUT_MS in which jobs in progress may end; the others are given back. */
const finishingShare = 0.7;

/** Takes jobs until it is closed. */
export async function createWorker(config: Config) {
  const log = createLog(config);
  const metrics = createMetrics();
  const database = await createDatabase({ config, log, metrics });
  const files = createFiles(config.FILES_URL);
  const broker = createBroker({ config, log, metrics }) ?? inProcessBroker();
  const relay = createRelay({ config, database, broker, log });
  const contract = { serializer };
  const runner = createRunner({ config, log, metrics, database, files, contract, handlers });
  const checks = {
    database: (timeoutMs: number) => database.ping(timeoutMs),
    queue: (timeoutMs: number) => broker.ping(timeoutMs),
  };
  observeJobs(metrics, database);
  const stopPurge = purgeRegularly(database, log, expiredJobs(files));
  const consumer = broker.consume(config.WORKER_CONCURRENCY, (id) =>
    // It stays in the table, and is sent again.
    runner.run(id).catch((error) => log.error({ error, jobId: id }, 'job not stored')),
  );
  return {
    config,
    log,
    metrics,
    lifecycle: new Lifecycle(checks, config.READINESS_GATES, createSchemaCheck(database, log)),
    /** Takes no more, and finishes what is in progress or gives it back. */
    async close(): Promise<void> {
      stopPurge();
      const finished = consumer.close();
      await Promise.race([finished, pause(config.SHUTDOWN_TIMEOUT_MS * finishingShare)]);
      runner.giveBack();
      await finished;
      await relay.close();
      await broker.close();
      await database.close();
    },
  };
}
