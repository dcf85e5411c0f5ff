import type { Express } from 'express';
import { authRouter } from './auth/routes.js';
import { productRoutes } from './resources/products/routes.js';

/** Uses the routers of sign-in and resources. */
export function useRouters(app: Express): void {
  app.use(authRouter(app));
  app.use(productRoutes(app));
}
