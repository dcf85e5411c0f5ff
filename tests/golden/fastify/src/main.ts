import { createApp } from './app.js';
import { loadConfig } from './config.js';
import { EnvironmentError } from './env.js';
import { startManagement } from './management.js';
import { shutDown } from './shutdown.js';

/** Starts the API; SIGTERM and SIGINT end it. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const app = await createApp(config);
  const management = await startManagement(app);
  await app.listen({ port: config.PORT, host: config.HOST });
  app.lifecycle.begin();

  const stop = async (signal: string) => {
    if (app.lifecycle.phase === 'draining') return;
    await shutDown(app, signal);
    management.close();
    app.log.info('stopped');
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
