import path from 'node:path';
import autoload from '@fastify/autoload';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Config } from './config.js';
import { keepResponsesBeingTaken } from './http/idle-connections.js';
import { answerUnreadable } from './http/unreadable.js';
import { sendProblem } from './problems.js';
import { admitRequest, beginRequest, newRequestId } from './requests.js';
import { logOptions, logStream } from './telemetry/log.js';

declare module 'fastify' {
  interface FastifyInstance {
    config: Config;
  }
}

/** Longest value of a path parameter in characters; nothing has a longer name. */
const maxParamLength = 256;
/** Instances that start together on a small machine take their time to load. */
const pluginTimeout = 120_000;

/**
 * Builds the API: each file of src/plugins is an integration, each routes.ts is a group of routes. All of them are
 * found by themselves.
 */
export async function createApp(config: Config): Promise<FastifyInstance> {
  const requestTimeout = config.HEADERS_TIMEOUT_MS + config.REQUEST_TIMEOUT_MS;
  const app = Fastify({
    logger: { ...logOptions(config), stream: logStream() },
    // plugins/requests.ts writes one line for each request, including requests that clients give up.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: newRequestId,
    bodyLimit: config.BODY_LIMIT_BYTES,
    http: {
      headersTimeout: config.HEADERS_TIMEOUT_MS,
      requestTimeout,
      connectionsCheckingInterval: 500,
      maxHeaderSize: 16_384,
    },
    requestTimeout,
    keepAliveTimeout: config.KEEPALIVE_TIMEOUT_MS,
    // The drain decides when an instance stops to serve, not the close of the server.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength },
    pluginTimeout,
    clientErrorHandler: answerUnreadable,
    frameworkErrors(error, request, reply) {
      // A request that never came to a route has passed no hook.
      beginRequest(request, reply);
      try {
        admitRequest(request);
      } catch (problem) {
        return sendProblem(problem, request, reply);
      }
      return sendProblem(error, request, reply);
    },
  });
  keepResponsesBeingTaken(app.server);
  app.decorate('config', config);
  await app.register(autoload, { dir: path.join(import.meta.dirname, 'plugins'), forceESM: true });
  await app.register(autoload, {
    dir: import.meta.dirname,
    matchFilter: /\/routes\.[jt]s$/,
    dirNameRoutePrefix: false,
    forceESM: true,
  });
  await app.ready();
  return app;
}
