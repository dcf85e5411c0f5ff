import express, { type Express } from 'express';
import type { Config } from './config.js';
import { requireKnownExtensions } from './extensions.js';
import { createLocals } from './locals.js';
import { notFound, sendProblem } from './middleware/errors.js';
import { beginRequest } from './middleware/requests.js';
import { crossOrigin, securityHeaders } from './middleware/security.js';
import { refuseOverload } from './middleware/shedding.js';
import { document, requireRoutes } from './openapi.js';
import { documentRoutes } from './routes/documents.js';
import { healthRoutes } from './routes/health.js';
import { useRouters } from './routes.js';

/** Builds the API: middleware in the order in which a request passes it. */
export async function createApp(config: Config): Promise<Express> {
  const app = express();
  Object.assign(app.locals, await createLocals(config));
  app.disable('x-powered-by');
  // Entity tags are made of versions, not of bytes.
  app.disable('etag');

  app.use(beginRequest);
  app.use(securityHeaders);
  app.use(crossOrigin(config));
  // Probes and documents are answered however busy the instance is.
  app.use(healthRoutes(), documentRoutes());
  app.use(refuseOverload);
  useRouters(app);
  app.use(notFound);
  app.use(sendProblem);

  requireKnownExtensions(document, Object.keys(app.locals.policies));
  requireRoutes();
  return app;
}
