import { createApp } from './app.js';
import { loadConfig } from './config.js';
import { EnvironmentError } from './env.js';
import { startManagement } from './management.js';
import { createPlatform } from './platform.js';
import { startTracing } from './telemetry/tracing.js';

const closeIdleEveryMs = 500;
const cutOffEveryMs = 100;
/** Part of the time between drain and SHUTDOWN_TIMEOUT_MS in which clients may still take their responses. */
const takingShare = 0.75;

/** Starts the API and ends it well: serve, drain on SIGTERM or SIGINT, finish what is in flight, exit 0. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const stopTracing = startTracing(config);
  const platform = await createPlatform(config);
  const { log, lifecycle } = platform;
  const app = await createApp(platform);
  const management = await startManagement(platform);
  await app.listen({ port: config.PORT, host: config.HOST });
  lifecycle.phase = 'ready';
  log.info({ port: config.PORT, managementPort: config.MANAGEMENT_PORT }, 'listening');

  const stop = async (signal: string) => {
    if (lifecycle.phase === 'draining') return;
    lifecycle.phase = 'draining';
    log.info({ signal, drainDelayMs: config.DRAIN_DELAY_MS }, 'draining');
    setTimeout(() => {
      log.error('requests were still open at SHUTDOWN_TIMEOUT_MS');
      log.flush();
      process.exit(1);
    }, config.SHUTDOWN_TIMEOUT_MS).unref();
    // Idle connections would carry new requests to an instance that is going away.
    const idle = setInterval(() => app.server.closeIdleConnections(), closeIdleEveryMs);
    await new Promise((resolve) => setTimeout(resolve, config.DRAIN_DELAY_MS));
    const takingMs = (config.SHUTDOWN_TIMEOUT_MS - config.DRAIN_DELAY_MS) * takingShare;
    const cutOffAt = performance.now() + takingMs;
    // Clients that do not take their responses must not keep the process from ending well.
    const cutOff = setInterval(() => {
      if (performance.now() > cutOffAt && platform.shedding.inflight === 0) app.server.closeAllConnections();
    }, cutOffEveryMs);
    await app.close();
    clearInterval(idle);
    clearInterval(cutOff);
    management.close();
    await platform.close();
    await stopTracing();
    log.info('stopped');
    log.flush(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('unhandledRejection', (error) => log.error({ error }, 'unhandled rejection'));
}

main().catch((error: unknown) => {
  const lines = error instanceof EnvironmentError ? error.lines : [String((error as Error).stack ?? error)];
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
});
