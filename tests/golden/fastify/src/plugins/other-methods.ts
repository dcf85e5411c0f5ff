import { METHODS } from 'node:http';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import plugin from 'fastify-plugin';
import { credentialHeaders } from '../auth/credentials.js';
import { operations } from '../openapi.js';
import { Problem } from '../problem.js';
import { documentPaths } from './documents.js';

/** Every method that the server can read; CONNECT is for proxies and has no path. */
const allMethods = METHODS.filter((method) => method !== 'CONNECT');

/** Answers OPTIONS on each path, and 405 to methods that have no route there (RFC 9110, section 15.5.6). */
async function otherMethods(app: FastifyInstance): Promise<void> {
  for (const method of allMethods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  const schema = { 'x-rate-limit': 'none' } as const;
  for (const [url, methods] of methodsByPath()) {
    const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
    const allow = allowed.join(', ');
    app.options(url, { schema }, async (_request, reply) => {
      const listed = reply.hasHeader('access-control-allow-origin');
      reply.code(204).headers({ allow, ...(listed ? preflightHeaders(allow) : {}) });
    });
    app.route({
      url,
      schema,
      method: allMethods.filter((method): method is HTTPMethods => !allowed.includes(method)),
      exposeHeadRoute: false,
      onRequest: async () => {
        throw new Problem('method-not-allowed', { headers: { allow } });
      },
      handler: async () => undefined,
    });
  }
}

function preflightHeaders(allow: string): Record<string, string> {
  return {
    'access-control-allow-methods': allow,
    'access-control-allow-headers': `${credentialHeaders.join(', ')}, content-type, idempotency-key, if-match, if-none-match, x-request-id`,
    'access-control-max-age': '600',
  };
}

function methodsByPath(): Map<string, string[]> {
  const paths = new Map(documentPaths.map((path) => [path, ['GET']]));
  for (const { url, method } of operations.values()) paths.set(url, [...(paths.get(url) ?? []), method]);
  return paths;
}

export default plugin(otherMethods, { name: 'other-methods', dependencies: ['operations'] });
