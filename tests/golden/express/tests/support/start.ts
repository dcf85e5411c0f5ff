import { once } from 'node:events';
import { createApp } from '../../src/app.js';
import type { Config } from '../../src/config.js';
import { createServer } from '../../src/server.js';

export type Parts = Express.Locals;

/** Starts an instance in this process, on a port of its own. */
export async function start(config: Config) {
  const app = await createApp(config);
  const server = createServer(config, app);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  app.locals.lifecycle.begin();
  const close = async () => {
    await new Promise((resolve) => server.close(resolve));
    await app.locals.close();
  };
  return { parts: app.locals, server, close };
}
