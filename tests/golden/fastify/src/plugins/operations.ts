import type { FastifyInstance, onRequestHookHandler, RouteOptions } from 'fastify';
import plugin from 'fastify-plugin';
import { isOpen, requireKnownExtensions } from '../extensions.js';
import { requireAccepted, requireReadableBody } from '../http/negotiation.js';
import type { PolicyName } from '../limits/policies.js';
import { operations as described, document } from '../openapi.js';

/**
 * Gives each route the checks that its schema asks for, in the order in which they fail: caller, rate limit, sign-in
 * and role, media types, length. Routes and openapi.yaml are held against each other at the start.
 */
async function operations(app: FastifyInstance): Promise<void> {
  requireKnownExtensions(document, Object.keys(app.policies));
  const served = new Set<string>();
  app.addHook('onRoute', (route) => {
    const { schema = {} } = route;
    if (schema.operationId) served.add(placed(schema.operationId, route));
    route.bodyLimit = Math.min(
      schema['x-body-limit'] ?? Number.POSITIVE_INFINITY,
      app.config.BODY_LIMIT_BYTES,
    );
    route.config = { ...route.config, template: route.url.replace(/:(\w+)/g, '{$1}') };
    const limit = schema['x-rate-limit'] ?? (isRead(route) ? 'default' : 'write');
    if (limit === 'none' || route.config.probe) return;
    route.onRequest = [...checksOf(app, route, limit), ...[route.onRequest ?? []].flat()];
  });
  app.addHook('onReady', async () => {
    const missing = [...described.keys()].filter((operationId) => !served.has(operationId));
    if (missing.length > 0) throw new Error(`operations without a route: ${missing.join(', ')}`);
  });
}

function checksOf(
  app: FastifyInstance,
  { schema = {}, bodyLimit = 0 }: RouteOptions,
  limit: PolicyName,
): onRequestHookHandler[] {
  const { security = [], consumes = [], produces = [], deprecated } = schema;
  const policy = app.policies[limit];
  const checks: onRequestHookHandler[] = [];
  if (deprecated) checks.push((_request, reply, done) => done(void reply.headers(endOf(schema['x-sunset']))));
  if (security.length > 0) checks.push(app.authenticate(policy));
  checks.push(app.rateLimit(policy));
  if (!isOpen(security)) checks.push(app.requireRole(schema['x-required-role']));
  if (schema['x-required-tenant']) checks.push(app.requireTenant);
  checks.push(async ({ headers, method }) => {
    requireAccepted(headers.accept, produces);
    requireReadableBody(headers, method, consumes, bodyLimit);
  });
  return checks;
}

/** @throws Error when openapi.yaml has the operation at another place */
function placed(operationId: string, { method, url }: RouteOptions): string {
  const place = described.get(operationId);
  const same =
    place?.url === url && (place.method === method || (place.method === 'GET' && method === 'HEAD'));
  if (!same) throw new Error(`"${operationId}" is ${place?.method} ${place?.url} in openapi.yaml`);
  return operationId;
}

function isRead({ method }: RouteOptions): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Headers of a deprecated operation: Deprecation (RFC 9745), and Sunset if it has a last day (RFC 8594). */
function endOf(sunset: string | undefined): Record<string, string> {
  const headers = { deprecation: '@0', link: '</docs>; rel="deprecation"' };
  return sunset ? { ...headers, sunset: new Date(sunset).toUTCString() } : headers;
}

export default plugin(operations, { name: 'operations', dependencies: ['auth', 'rate-limit', 'validation'] });
