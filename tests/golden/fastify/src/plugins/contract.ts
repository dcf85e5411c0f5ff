import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import plugin from 'fastify-plugin';
import { admit, limit } from '../http/admission.js';
import type { Answer } from '../http/answer.js';
import { admitBody } from '../http/exchange.js';
import { corsHeaders, preflightHeaders } from '../http/headers.js';
import type { Policy } from '../limits/bucket.js';
import { Problem } from '../problem.js';
import { performWrite, type UnitOfWork } from '../writes.js';

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

/** Every method that the server can read; CONNECT is for proxies and has no path. */
const allMethods = METHODS.filter((method) => method !== 'CONNECT');

async function contract(app: FastifyInstance): Promise<void> {
  const { platform } = app;
  const served = new Set<string>();
  app.removeContentTypeParser('text/plain');
  for (const method of allMethods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  const parser = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, parser);

  app.decorate('operation', (operationId: string, handler: Handler) => {
    const operation = platform.contract.operations.get(operationId);
    if (!operation) throw new Error(`openapi.yaml has no operation "${operationId}"`);
    served.add(operationId);
    app.route({
      method: operation.method as HTTPMethods,
      url: routerPath(operation.path),
      config: { template: operation.path, probe: operation.rateLimit === 'none' },
      onRequest: (request, _reply, done) => {
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
        if (operation.deprecated) reply.headers(deprecation(operation.deprecated));
        return isAnswer(answer) ? send(reply, answer) : answer;
      },
    });
  });

  app.decorate('limit', (request, policy, key) => limit(platform, policy, key, request.context));

  app.decorate('write', (request, work) =>
    performWrite(
      platform,
      {
        method: request.method,
        path: request.url.split('?')[0] ?? '',
        body: request.body,
        key: request.headers['idempotency-key'] as string | undefined,
      },
      request.context,
      work,
    ),
  );

  for (const [path, methods] of platform.contract.paths) {
    const allowed = methods.includes('GET') ? [...methods, 'HEAD', 'OPTIONS'] : [...methods, 'OPTIONS'];
    const allow = allowed.join(', ');
    const route = { url: routerPath(path), config: { template: path } };
    app.route({
      ...route,
      method: 'OPTIONS',
      handler: async (request, reply) => {
        const cors = corsHeaders(request.headers.origin, platform.config);
        return reply
          .code(204)
          .headers({ allow, ...(cors ? preflightHeaders(allow) : {}) })
          .send();
      },
    });
    app.route({
      ...route,
      method: allMethods.filter((method) => !allowed.includes(method)),
      exposeHeadRoute: false,
      onRequest: async () => {
        throw new Problem('method-not-allowed', { headers: { allow } });
      },
      handler: async () => undefined,
    });
  }

  app.decorate('assertContractServed', () => {
    const missing = [...platform.contract.operations.keys()].filter((id) => !served.has(id));
    if (missing.length > 0) throw new Error(`operations without a handler: ${missing.join(', ')}`);
  });
}

/** Path template of OpenAPI in the router's form: /v1/products/{id} to /v1/products/:id */
function routerPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function isAnswer(value: Answer | object | undefined): value is Answer {
  return typeof value === 'object' && 'status' in value && 'headers' in value && 'body' in value;
}

function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  reply.code(status).headers(headers);
  if (body !== undefined) reply.type('application/json; charset=utf-8');
  return reply.send(body);
}

/** RFC 9745 and RFC 8594 */
function deprecation({ sunset }: { sunset: string | undefined }): Record<string, string> {
  const headers = { deprecation: '@0', link: '</docs>; rel="deprecation"' };
  return sunset ? { ...headers, sunset: new Date(sunset).toUTCString() } : headers;
}

export default plugin(contract, { name: 'contract', dependencies: ['exchange'] });
