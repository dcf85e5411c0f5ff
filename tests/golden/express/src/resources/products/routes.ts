import { type Express, Router } from 'express';
import { preconditionOf } from '../../http/conditional.js';
import { fieldList, type ListQuery, listRequest } from '../../http/list-query.js';
import { created, noContent, sendPage, sendVersion, updated } from '../../http/responses.js';
import { authenticate, requireRole } from '../../middleware/auth.js';
import { otherMethods } from '../../middleware/methods.js';
import { rateLimit } from '../../middleware/rate-limit.js';
import { validate } from '../../middleware/validate.js';
import { write } from '../../middleware/write.js';
import type * as model from './model.js';
import { filterable } from './model.js';
import { createProductService } from './service.js';

/** /v1/products */
export function productRoutes({ locals }: Express): Router {
  const service = createProductService(locals);
  const router = Router({ caseSensitive: true, strict: true });
  const reads = rateLimit('default');
  const writes = rateLimit('write');
  const editors = requireRole('editor');
  const admins = requireRole('admin');

  router
    .route('/v1/products')
    .get(authenticate, reads, validate('listProducts'), async (req, res) => {
      const query: ListQuery = res.locals.query;
      const list = listRequest('products', query, filterable);
      sendPage(req, res, await service.list(list, req.context));
    })
    .post(authenticate, writes, editors, validate('createProduct'), async (req, res) => {
      const input: model.ProductInput = req.body;
      await write(req, res, async (unit) => {
        const entry = await service.create(unit, input);
        return created(entry, `/v1/products/${entry.id}`);
      });
    })
    .all(otherMethods);

  router
    .route('/v1/products/:id')
    .get(authenticate, reads, validate('getProduct'), async (req, res) => {
      const { id } = req.params;
      const fields = fieldList(res.locals.query.fields);
      if (fields) return sendVersion(req, res, await service.findFields(id, fields, req.context));
      const reading = await service.find(id, req.context);
      sendVersion(req, res, reading.entry, reading);
    })
    .put(authenticate, writes, editors, validate('replaceProduct'), async (req, res) => {
      const input: model.ProductInput = req.body;
      await write(req, res, async (unit) =>
        updated(await service.replace(unit, req.params.id, input, preconditionOf(req.headers))),
      );
    })
    .patch(authenticate, writes, editors, validate('updateProduct'), async (req, res) => {
      const changes: Partial<model.ProductInput> = req.body;
      await write(req, res, async (unit) =>
        updated(await service.update(unit, req.params.id, changes, preconditionOf(req.headers))),
      );
    })
    .delete(authenticate, writes, admins, validate('deleteProduct'), async (req, res) => {
      await write(req, res, async (unit) => {
        await service.remove(unit, req.params.id, preconditionOf(req.headers));
        return noContent();
      });
    })
    .all(otherMethods);

  return router;
}
