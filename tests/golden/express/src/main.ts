import { once } from 'node:events';
import { createApp } from './app.js';
import { loadConfig } from './config.js';
import { EnvironmentError } from './env.js';
import { startManagement } from './management.js';
import { createServer } from './server.js';
import { shutDown } from './shutdown.js';

/** Starts the API; SIGTERM and SIGINT end it. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const app = await createApp(config);
  const { lifecycle, log } = app.locals;
  const management = await startManagement(app.locals);
  const server = createServer(config, app);
  await once(server.listen(config.PORT, config.HOST), 'listening');
  lifecycle.begin();
  log.info({ port: config.PORT, managementPort: config.MANAGEMENT_PORT }, 'listening');

  const stop = async (signal: string) => {
    if (lifecycle.phase === 'draining') return;
    await shutDown(server, app.locals, signal);
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
