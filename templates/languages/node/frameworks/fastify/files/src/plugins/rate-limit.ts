import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import plugin from 'fastify-plugin';
import { anonymous } from '../auth/authenticator.js';
import { addressKey } from '../http/client-address.js';
import { rateLimitHeaders } from '../http/rate-limit-headers.js';
import type { Policy } from '../limits/bucket.js';
import { createLimiter, type Limiter } from '../limits/limiter.js';
import { policies } from '../limits/policies.js';
import { Problem } from '../problem.js';

declare module 'fastify' {
  interface FastifyInstance {
    limiter: Limiter;
    policies: ReturnType<typeof policies>;
    /** Hook: takes one request from the bucket of the caller, or of the address where nobody is signed in. */
    rateLimit(policy: Policy): onRequestAsyncHookHandler;
    /** Takes one request from any bucket and sets the rate-limit headers. @throws Problem `rate-limited` */
    limit(reply: FastifyReply, policy: Policy, key: string): Promise<void>;
  }
}

/** Limits that hold over all instances. */
async function rateLimit(app: FastifyInstance): Promise<void> {
  const { metrics, log, stores } = app;
  const limiter = createLimiter({ shared: stores.bucket, metrics, log });
  app.decorate('limiter', limiter);
  app.decorate('policies', policies(app.config));

  app.decorate('limit', async (reply, policy, key) => {
    const taken = limiter.take(policy, key);
    const verdict = taken instanceof Promise ? await taken : taken;
    reply.headers(rateLimitHeaders(verdict));
    if (verdict.allowed) return;
    metrics.rateLimited.inc({ policy: policy.name });
    throw new Problem('rate-limited', {
      detail: `Try again in ${verdict.retryAfterSeconds} s.`,
      headers: { 'retry-after': String(verdict.retryAfterSeconds) },
    });
  });

  app.decorate('rateLimit', (policy) => (request, reply) => app.limit(reply, policy, bucketOf(request)));
}

function bucketOf({ context: { principal, address } }: FastifyRequest): string {
  return principal === anonymous ? addressBucket(address) : `principal:${principal.id}`;
}

/** Bucket of all who come from an address. */
export function addressBucket(address: string): string {
  return `address:${addressKey(address)}`;
}

export default plugin(rateLimit, { name: 'rate-limit', dependencies: ['telemetry', 'cache'] });
