import type { IncomingMessage } from 'node:http';
import type { Principal } from '../context.js';
import type { Operation } from '../contract.js';
import type { Policy, Verdict } from '../limits/bucket.js';
import type { Platform } from '../platform.js';
import { Problem } from '../problem.js';
import type { RequestContext } from '../request-context.js';
import { addressKey } from './client-address.js';
import { requireJsonAccepted, requireReadableBody } from './negotiation.js';
import { rateLimitHeaders } from './rate-limit-headers.js';

/**
 * The checks between the route and the body, in the order in which they fail: rate limit, authentication,
 * authorisation, media types, declared length. Nothing is waited for unless something has to be asked.
 * @throws Problem of the first that fails, or rejects with it
 */
export function admit(
  platform: Platform,
  operation: Operation,
  request: IncomingMessage,
  context: RequestContext,
): Promise<void> | undefined {
  if (operation.rateLimit === 'none') return undefined;
  const policy = platform.policies[operation.rateLimit];
  if (operation.authentication === 'none' || request.headers.authorization === undefined) {
    return admitAnonymous(platform, operation, policy, request, context);
  }
  return admitCaller(platform, operation, policy, request, context);
}

function admitAnonymous(
  platform: Platform,
  operation: Operation,
  policy: Policy,
  request: IncomingMessage,
  context: RequestContext,
): Promise<void> | undefined {
  const rest = () => {
    if (operation.authentication === 'required') throw unauthenticated(platform);
    requireReadable(platform, operation, request);
  };
  const waiting = limit(platform, policy, addressBucket(context), context);
  if (waiting) return waiting.then(rest);
  rest();
  return undefined;
}

async function admitCaller(
  platform: Platform,
  operation: Operation,
  policy: Policy,
  request: IncomingMessage,
  context: RequestContext,
): Promise<void> {
  let principal: Principal | undefined;
  try {
    principal = await platform.auth.authenticate(request.headers.authorization);
  } catch (error) {
    // Guessing tokens costs the address, or it could be done without end.
    await limit(platform, policy, addressBucket(context), context);
    throw error;
  }
  if (!principal) return admitAnonymous(platform, operation, policy, request, context);
  context.principal = principal;
  const { id, roles } = principal;
  await limit(platform, policy, `principal:${id}`, context);
  const role = operation.requiredRole;
  if (role && !roles.includes(role) && !roles.includes('admin')) {
    throw new Problem('forbidden', { detail: `This needs the role "${role}".` });
  }
  requireReadable(platform, operation, request);
}

function requireReadable({ config }: Platform, operation: Operation, { headers }: IncomingMessage): void {
  requireJsonAccepted(headers.accept);
  requireReadableBody(headers, operation, config);
}

/**
 * Takes one request from the bucket `key` and tells the caller in headers.
 * @throws Problem `rate-limited`, or rejects with it where the shared bucket had to be asked
 */
export function limit(
  platform: Platform,
  policy: Policy,
  key: string,
  context: RequestContext,
): Promise<void> | undefined {
  const taken = platform.limiter.take(policy, key);
  if (taken instanceof Promise) return taken.then((verdict) => heed(platform, verdict, context));
  heed(platform, taken, context);
  return undefined;
}

function heed({ metrics }: Platform, verdict: Verdict, context: RequestContext): void {
  Object.assign(context.responseHeaders, rateLimitHeaders(verdict));
  if (verdict.allowed) return;
  metrics.rateLimited.inc({ policy: verdict.policy.name });
  throw new Problem('rate-limited', {
    detail: `Try again in ${verdict.retryAfterSeconds} s.`,
    headers: { 'retry-after': String(verdict.retryAfterSeconds) },
  });
}

function addressBucket({ address }: RequestContext): string {
  return `address:${addressKey(address)}`;
}

function unauthenticated({ auth }: Platform): Problem {
  return new Problem('unauthenticated', { headers: { 'www-authenticate': auth.challenge } });
}
