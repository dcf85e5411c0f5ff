import { type Express, Router } from 'express';
import { authenticate, requireRole } from '../middleware/auth.js';
import { otherMethods } from '../middleware/methods.js';
import { rateLimit } from '../middleware/rate-limit.js';
import { validate } from '../middleware/validate.js';

/** /v1/me, and what the page of documentation has to know to sign in. */
export function authRouter({ locals }: Express): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route('/v1/me')
    .get(authenticate, rateLimit('default'), requireRole(), validate('getMe'), (req, res) => {
      const { id, roles } = req.context.principal;
      res.set({ 'cache-control': 'private, no-cache', vary: 'authorization, origin' }).json({ id, roles });
    })
    .all(otherMethods);

  const { OIDC_ISSUER: issuer, OIDC_DOCS_CLIENT_ID: clientId, OIDC_DOCS_SCOPE: scope } = locals.config;
  router
    .route('/docs/sign-in.json')
    .get(rateLimit('default'), (_req, res) => {
      res.set('cache-control', 'no-cache').json({ issuer, clientId, scope });
    })
    .all(otherMethods);
  return router;
}
