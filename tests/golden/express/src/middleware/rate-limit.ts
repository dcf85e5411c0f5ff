import type { Request, RequestHandler, Response } from 'express';
import { anonymous } from '../auth/authenticator.js';
import { addressKey } from '../http/client-address.js';
import { rateLimitHeaders } from '../http/rate-limit-headers.js';
import type { Policy } from '../limits/bucket.js';
import type { PolicyName } from '../limits/policies.js';
import { Problem } from '../problem.js';

/** Takes one request from the bucket of the caller, or of the address where nobody is signed in. */
export function rateLimit(policy: PolicyName): RequestHandler {
  return async (req, res, next) => {
    const { principal } = req.context;
    const key = principal.id === anonymous.id ? addressBucket(req) : `principal:${principal.id}`;
    await limit(req, res, req.app.locals.policies[policy], key);
    next();
  };
}

/** Takes one request from any bucket and sets the rate-limit headers. @throws Problem `rate-limited` */
export async function limit({ app }: Request, res: Response, policy: Policy, key: string): Promise<void> {
  const { limiter, metrics } = app.locals;
  const taken = limiter.take(policy, key);
  const verdict = taken instanceof Promise ? await taken : taken;
  res.set(rateLimitHeaders(verdict));
  if (verdict.allowed) return;
  metrics.rateLimited.inc({ policy: policy.name });
  throw new Problem('rate-limited', {
    detail: `Try again in ${verdict.retryAfterSeconds} s.`,
    headers: { 'retry-after': String(verdict.retryAfterSeconds) },
  });
}

/** Bucket of all who come from the address of the request. */
export function addressBucket({ context }: Request): string {
  return `address:${addressKey(context.address)}`;
}
