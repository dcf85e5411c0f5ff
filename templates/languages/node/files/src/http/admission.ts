import type { IncomingMessage } from 'node:http';
import type { Principal } from '../context.js';
import type { Operation } from '../contract.js';
import type { Policy } from '../limits/bucket.js';
import type { Platform } from '../platform.js';
import { Problem } from '../problem.js';
import type { RequestContext } from '../request-context.js';
import { addressKey } from './client-address.js';
import { requireJsonAccepted, requireReadableBody } from './negotiation.js';
import { rateLimitHeaders } from './rate-limit-headers.js';

/**
 * The checks between the route and the body, in the order in which they fail: rate limit, authentication,
 * authorisation, media types, declared length.
 * @throws Problem of the first that fails
 */
export async function admit(
  platform: Platform,
  operation: Operation,
  request: IncomingMessage,
  context: RequestContext,
): Promise<void> {
  if (operation.rateLimit === 'none') return;
  const policy = platform.policies[operation.rateLimit];
  const principal = await authenticated(platform, operation, request, context, policy);
  if (principal) {
    context.principal = principal;
    await limit(platform, policy, `principal:${principal.id}`, context);
  } else {
    await limit(platform, policy, `address:${addressKey(context.address)}`, context);
    if (operation.authentication === 'required') throw unauthenticated(platform);
  }
  const role = operation.requiredRole;
  if (role && !context.principal.roles.includes(role) && !context.principal.roles.includes('admin')) {
    throw new Problem('forbidden', { detail: `This needs the role "${role}".` });
  }
  requireJsonAccepted(request.headers.accept);
  requireReadableBody(
    request.headers,
    operation.method,
    operation.mediaTypes,
    platform.config.BODY_LIMIT_BYTES,
  );
}

/** Takes one request from the bucket `key` and tells the caller in headers; throws Problem `rate-limited`. */
export async function limit(
  { limiter, metrics }: Platform,
  policy: Policy,
  key: string,
  context: RequestContext,
): Promise<void> {
  const taken = limiter.take(policy, key);
  const verdict = taken instanceof Promise ? await taken : taken;
  Object.assign(context.responseHeaders, rateLimitHeaders(verdict));
  if (verdict.allowed) return;
  metrics.rateLimited.inc({ policy: policy.name });
  throw new Problem('rate-limited', {
    detail: `Try again in ${verdict.retryAfterSeconds} s.`,
    headers: { 'retry-after': String(verdict.retryAfterSeconds) },
  });
}

async function authenticated(
  platform: Platform,
  operation: Operation,
  request: IncomingMessage,
  context: RequestContext,
  policy: Policy,
): Promise<Principal | undefined> {
  if (operation.authentication === 'none') return undefined;
  try {
    return await platform.auth.authenticate(request.headers.authorization);
  } catch (error) {
    // Guessing tokens costs the address, or it could be done without end.
    await limit(platform, policy, `address:${addressKey(context.address)}`, context);
    throw error;
  }
}

function unauthenticated({ auth }: Platform): Problem {
  return new Problem('unauthenticated', { headers: { 'www-authenticate': auth.challenge } });
}
