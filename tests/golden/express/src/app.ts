import type { Server } from 'node:http';
import express from 'express';
import { parse as parseQuery } from 'fast-querystring';
import { Api } from './api.js';
import { createServer } from './http/server.js';
import { loadRoutes } from './load-routes.js';
import { answerRest } from './middleware/problems.js';
import { normalTarget } from './middleware/target.js';
import type { Platform } from './platform.js';
import systemRoutes from './system.js';

/** The API as the process runs it. */
export interface App {
  server: Server;
  listen(address: { port: number; host: string }): Promise<void>;
  /** Takes no more connections, ends those that are idle, and waits for what is in progress. */
  close(): Promise<void>;
}

/**
 * Puts the HTTP layer together: the probes and documents, then the routes of each resource.
 * A folder below src/ with a routes.ts in it is served without being named here.
 */
export async function createApp(platform: Platform): Promise<App> {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // /v1/Products and /v1/products/ are other resources than /v1/products, and there is none.
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', parseQuery);

  const api = new Api(app, platform);
  systemRoutes(api);
  await loadRoutes(api);
  api.complete();

  const server = createServer(platform.config, (incoming, outgoing) => {
    const [request, response] = [incoming as express.Request, outgoing as express.Response];
    // Problems name the target as it was sent.
    request.originalUrl = request.url;
    request.url = normalTarget(request.url);
    app(request, response, answerRest(platform, request, response));
  });
  return {
    server,
    listen: ({ port, host }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject).listen(port, host, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
