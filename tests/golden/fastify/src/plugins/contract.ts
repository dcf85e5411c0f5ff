import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import plugin from 'fastify-plugin';
import { admit, limit } from '../http/admission.js';
import { type Answer, isAnswer } from '../http/answer.js';
import { admitBody } from '../http/exchange.js';
import { deprecationHeaders } from '../http/headers.js';
import { jsonText } from '../http/json-body.js';
import { bodyLimit } from '../http/negotiation.js';
import { allMethods, routerPath } from '../http/routing.js';
import { ServedOperations } from '../http/served-operations.js';
import type { Policy } from '../limits/bucket.js';
import { Problem } from '../problem.js';
import { performWrite, type UnitOfWork, writeRequest } from '../writes.js';
import { send } from './exchange.js';
import { otherMethods } from './other-methods.js';

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<Answer | object | undefined>;

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Serves an operation of openapi.yaml: method, path, validation, rate limit and roles are taken from there. The
     * handler returns an Answer, or an object that is sent as JSON.
     */
    operation(operationId: string, handler: Handler): void;
    /** Takes from a further rate limit; throws Problem `rate-limited`. */
    limit(request: FastifyRequest, policy: Policy, key: string): Promise<void> | undefined;
    /** Runs a write in one transaction, once for each Idempotency-Key. */
    write(request: FastifyRequest, work: (unit: UnitOfWork) => Promise<Answer>): Promise<Answer>;
    /** Throws when an operation of openapi.yaml has no handler. */
    assertContractServed(): void;
  }
}

async function contract(app: FastifyInstance): Promise<void> {
  const { platform } = app;
  const served = new ServedOperations(platform.contract);
  app.removeContentTypeParser('text/plain');
  for (const method of allMethods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (request, body, done) => {
      if (body.length === 0 && !request.routeOptions.config.bodyRequired) return done(null, undefined);
      parse(request, jsonText(body), done);
    },
  );

  app.decorate('operation', (operationId: string, handler: Handler) => {
    const operation = served.add(operationId);
    const hasParameters = operation.path.includes('{');
    app.route({
      method: operation.method as HTTPMethods,
      url: routerPath(operation.path),
      bodyLimit: bodyLimit(operation, platform.config),
      config: {
        template: operation.path,
        probe: operation.rateLimit === 'none',
        bodyRequired: operation.bodyRequired,
      },
      onRequest: (request, _reply, done) => {
        // The router takes /v1/products/ for an item whose id is empty.
        if (hasParameters && Object.values(request.params as object).includes('')) {
          return done(new Problem('not-found'));
        }
        const waiting = admit(platform, operation, request.raw, request.context);
        if (waiting) waiting.then(() => done(), done);
        else done();
      },
      preHandler: (request, _reply, done) => {
        admitBody(platform, request.context);
        operation.validate(request);
        done();
      },
      handler: async (request, reply) => {
        const answer = await handler(request, reply);
        if (operation.deprecated) reply.headers(deprecationHeaders(operation.deprecated));
        return isAnswer(answer) ? send(reply, answer) : answer;
      },
    });
  });

  app.decorate('limit', (request, policy, key) => limit(platform, policy, key, request.context));

  app.decorate('write', (request, work) =>
    performWrite(platform, writeRequest(request), request.context, work),
  );

  for (const [path, methods] of platform.contract.paths) {
    otherMethods(app, routerPath(path), path, methods);
  }

  app.decorate('assertContractServed', () => served.assertComplete());
}

export default plugin(contract, { name: 'contract', dependencies: ['exchange'] });
