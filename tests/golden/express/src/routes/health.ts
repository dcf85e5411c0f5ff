import { Router } from 'express';
import { otherMethods } from '../middleware/methods.js';
import { validateParameters } from '../middleware/validate.js';

/** The probes: whether the process is there, and whether it wants traffic. Never limited and never shed. */
export function healthRoutes(): Router {
  const router = Router({ caseSensitive: true, strict: true });

  router
    .route('/livez')
    .get(validateParameters('getLiveness'), (_req, res) => {
      res.set('cache-control', 'no-store').json({ status: 'alive' });
    })
    .all(otherMethods);

  router
    .route('/readyz')
    .get(validateParameters('getReadiness'), async (req, res) => {
      const state = await req.app.locals.lifecycle.readiness();
      const wanted = state.status === 'ready' || state.status === 'degraded';
      res
        .status(wanted ? 200 : 503)
        .set('cache-control', 'no-store')
        .json(state);
    })
    .all(otherMethods);

  return router;
}
