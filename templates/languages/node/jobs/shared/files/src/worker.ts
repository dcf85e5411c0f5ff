import { loadConfig } from './config.js';
import { EnvironmentError } from './env.js';
import { createWorker } from './jobs/worker.js';
import { startManagement } from './management.js';
import { startTracing } from './telemetry/tracing.js';

/** Starts a worker, which does jobs in the background; SIGTERM and SIGINT end it. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const stopTracing = startTracing(config);
  const worker = await createWorker(config);
  const { lifecycle, log } = worker;
  const management = await startManagement(worker, lifecycle);
  lifecycle.begin();
  log.info({ concurrency: config.WORKER_CONCURRENCY, managementPort: config.MANAGEMENT_PORT }, 'working');

  const stop = async (signal: string) => {
    if (lifecycle.phase === 'draining') return;
    lifecycle.phase = 'draining';
    log.info({ signal }, 'draining');
    setTimeout(() => {
      log.error('jobs were still in progress at SHUTDOWN_TIMEOUT_MS');
      process.exit(1);
    }, config.SHUTDOWN_TIMEOUT_MS).unref();
    await worker.close();
    await stopTracing();
    management.close();
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  const lines = error instanceof EnvironmentError ? error.lines : [String((error as Error).stack ?? error)];
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
});
