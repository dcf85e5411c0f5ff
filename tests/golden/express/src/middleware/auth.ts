import type { RequestHandler } from 'express';
import { anonymous } from '../auth/authenticator.js';
import type { Role } from '../auth/roles.js';
import { Problem } from '../problem.js';
import { addressBucket, limit } from './rate-limit.js';

/** Finds out who sends a request that has credentials. Guessing them costs the address. */
export const authenticate: RequestHandler = async (req, res, next) => {
  const { auth, policies } = req.app.locals;
  try {
    req.context.principal = (await auth.authenticate(req.headers, req.context)) ?? anonymous;
  } catch (error) {
    const policy = req.method === 'GET' || req.method === 'HEAD' ? policies.default : policies.write;
    await limit(req, res, policy, addressBucket(req));
    throw error;
  }
  next();
};

/** Refuses callers without a tenant, after `requireRole`. */
export const requireTenant: RequestHandler = ({ context }, _res, next) => {
  if (context.principal.tenant === undefined)
    throw new Problem('forbidden', { detail: 'This needs a caller with a tenant.' });
  next();
};

/** Refuses callers who have not signed in, or not with that role. */
export function requireRole(role?: Role): RequestHandler {
  return (req, _res, next) => {
    const { principal } = req.context;
    if (principal === anonymous) {
      const headers = { 'www-authenticate': req.app.locals.auth.challenge };
      throw new Problem('unauthenticated', { headers });
    }
    if (role && !principal.roles.includes(role) && !principal.roles.includes('admin')) {
      throw new Problem('forbidden', { detail: `This needs the role "${role}".` });
    }
    next();
  };
}
