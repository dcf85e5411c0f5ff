import { type Express, Router } from 'express';
import { authRoutes } from './auth/routes.js';
import { productRoutes } from './resources/products/routes.js';

/** The routers of resources and sign-in. */
export function resourceRoutes(app: Express): Router {
  const router = Router();
  router.use(authRoutes(app));
  router.use(productRoutes(app));
  return router;
}
