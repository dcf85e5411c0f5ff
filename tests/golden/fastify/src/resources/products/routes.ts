import type { FastifyInstance } from 'fastify';
import { created, item, noContent, page, updated } from '../../http/answer.js';
import { preconditionOf } from '../../http/conditional.js';
import { fieldList, type ListQuery, listRequest } from '../../http/list-query.js';
import type * as model from './model.js';
import { filterable } from './model.js';
import { createProductService } from './service.js';

type Id = { id: string };

/** /v1/products: what is not said here (validation, limits, roles) is in openapi.yaml. */
export default async function productRoutes(app: FastifyInstance): Promise<void> {
  const service = createProductService(app.platform);

  app.operation('listProducts', async (request) => {
    const list = listRequest('products', request.query as ListQuery, filterable);
    return page(await service.list(list, request.context), request);
  });

  app.operation('getProduct', async (request) => {
    const { id } = request.params as Id;
    const fields = fieldList((request.query as { fields?: string }).fields);
    if (!fields) {
      const reading = await service.find(id, request.context);
      return item(reading.entry, request, reading);
    }
    return item(await service.findFields(id, fields, request.context), request);
  });

  app.operation('createProduct', async (request) =>
    app.write(request, async (unit) => {
      const entry = await service.create(unit, request.body as model.ProductInput);
      return created(entry, `/v1/products/${entry.id}`);
    }),
  );

  app.operation('replaceProduct', async (request) =>
    app.write(request, async (unit) => {
      const { id } = request.params as Id;
      const precondition = preconditionOf(request.headers);
      return updated(await service.replace(unit, id, request.body as model.ProductInput, precondition));
    }),
  );

  app.operation('updateProduct', async (request) =>
    app.write(request, async (unit) => {
      const { id } = request.params as Id;
      const precondition = preconditionOf(request.headers);
      return updated(await service.update(unit, id, request.body as Partial<model.ProductInput>, precondition));
    }),
  );

  app.operation('deleteProduct', async (request) =>
    app.write(request, async (unit) => {
      const { id } = request.params as Id;
      await service.remove(unit, id, preconditionOf(request.headers));
      return noContent();
    }),
  );
}
