import { Router } from 'express';
import { documents } from '../http/docs.js';
import { otherMethods } from '../middleware/methods.js';
import { json, yaml } from '../openapi.js';

/** openapi.yaml, and the page that shows it. Not limited and not shed. */
export function documentRoutes(): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const [path, document] of documents({ yaml, json })) {
    router
      .route(path)
      .get((req, res) => {
        const { status, headers, body } = document(req.headers);
        res.status(status).set(headers).send(body);
      })
      .all(otherMethods);
  }
  return router;
}
