import path from 'node:path';
import autoload from '@fastify/autoload';
import Fastify, { type FastifyInstance } from 'fastify';
import { admitAny, beginExchange, unmatched } from './http/exchange.js';
import { pathParameterLimit } from './http/routing.js';
import { createServer } from './http/server.js';
import type { Platform } from './platform.js';
import contract from './plugins/contract.js';
import exchange from './plugins/exchange.js';
import problems from './plugins/problems.js';
import system from './plugins/system.js';

/**
 * Puts the HTTP layer together: what every request passes, then the routes of each resource.
 * A folder below src/ with a routes.ts in it is served without being named here.
 */
export async function createApp(platform: Platform): Promise<FastifyInstance> {
  const { config } = platform;
  const app = Fastify({
    serverFactory: (handler) => createServer(config, handler),
    logger: false,
    bodyLimit: config.BODY_LIMIT_BYTES,
    // The drain decides when an instance stops to serve, not the close of the server.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: pathParameterLimit },
    clientErrorHandler: () => {},
    frameworkErrors(error, request, reply) {
      // A request that never came to a route has passed no hook.
      request.context = beginExchange(platform, request.raw, reply.raw, unmatched, false);
      reply.headers(request.context.responseHeaders);
      try {
        admitAny(platform, request.raw, request.context);
      } catch (problem) {
        return problems.answer(problem as Error, request, reply);
      }
      return problems.answer(error, request, reply);
    },
  });
  app.decorate('platform', platform);
  await app.register(exchange);
  await app.register(problems.plugin);
  await app.register(contract);
  await app.register(system);
  for (const folder of ['resources', 'auth']) {
    await app.register(autoload, {
      dir: path.join(import.meta.dirname, folder),
      matchFilter: /\/routes\.[jt]s$/,
      dirNameRoutePrefix: false,
      forceESM: true,
    });
  }
  await app.ready();
  app.assertContractServed();
  return app;
}
