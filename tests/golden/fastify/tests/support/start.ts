import type { FastifyInstance } from 'fastify';
import { createApp } from '../../src/app.js';
import type { Config } from '../../src/config.js';

export type Parts = FastifyInstance;

/** Starts an instance in this process, on a port of its own. */
export async function start(config: Config) {
  const app = await createApp(config);
  await app.listen({ port: 0, host: '127.0.0.1' });
  app.lifecycle.begin();
  return { parts: app, server: app.server, close: () => app.close() };
}
