import type { FastifyInstance, FastifyReply } from 'fastify';
import plugin from 'fastify-plugin';
import type { Answer } from '../http/answer.js';
import { admitAny, beginExchange, handOver, unmatched } from '../http/exchange.js';
import type { Platform } from '../platform.js';
import type { Problem } from '../problem.js';
import type { RequestContext } from '../request-context.js';

declare module 'fastify' {
  interface FastifyInstance {
    platform: Platform;
  }
  interface FastifyRequest {
    context: RequestContext;
  }
  interface FastifyContextConfig {
    /** Probes are answered however busy the instance is. */
    probe?: boolean;
    /** Whether an empty body is malformed. */
    bodyRequired?: boolean;
    /** Template as in the contract, for logs and metrics. */
    template?: string;
  }
}

/** Gives every request its context, and every answer its headers. */
async function exchange(app: FastifyInstance): Promise<void> {
  const { platform } = app;
  app.decorateRequest('context', null as unknown as RequestContext);

  app.addHook('onRequest', (request, reply, done) => {
    const { config, url } = request.routeOptions;
    const [route, probe] = [config.template ?? url ?? unmatched, config.probe ?? false];
    request.context = beginExchange(platform, request.raw, reply.raw, route, probe);
    if (probe) return done();
    try {
      admitAny(platform, request.raw, request.context);
      done();
    } catch (problem) {
      done(problem as Problem);
    }
  });

  app.addHook('onSend', (request, reply, _payload, done) => {
    const headers = request.context.responseHeaders;
    for (const name in headers) if (!reply.hasHeader(name)) reply.header(name, headers[name]);
    handOver(platform, reply.raw, request.context);
    done();
  });
}

/** Sends an Answer; what it does not say of its body is that it is JSON. */
export function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  reply.code(status);
  if (body !== undefined) reply.type('application/json; charset=utf-8');
  return reply.headers(headers).send(body);
}

export default plugin(exchange, { name: 'exchange' });
