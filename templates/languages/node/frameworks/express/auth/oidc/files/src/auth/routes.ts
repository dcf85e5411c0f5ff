import { type Express, Router } from 'express';
import { authenticate, requireRole } from '../middleware/auth.js';
import { otherMethods } from '../middleware/methods.js';
import { rateLimit } from '../middleware/rate-limit.js';
import { validate } from '../middleware/validate.js';

/** /v1/me. */
export function authRouter(_app: Express): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route('/v1/me')
    .get(authenticate, rateLimit('default'), requireRole(), validate('getMe'), (req, res) => {
      res
        .set({ 'cache-control': 'private, no-cache', vary: 'authorization, origin' })
        .json(req.context.principal);
    })
    .all(otherMethods);
  return router;
}
