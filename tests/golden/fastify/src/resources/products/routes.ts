import type { FastifyInstance } from 'fastify';
import { preconditionOf } from '../../http/conditional.js';
import { fieldList, type ListQuery, listRequest } from '../../http/list-query.js';
import { created, noContent, sendPage, sendVersion, updated } from '../../http/responses.js';
import { operation } from '../../openapi.js';
import type * as model from './model.js';
import { filterable } from './model.js';
import { createProductService } from './service.js';

interface Item {
  Params: { id: string };
}

/** /v1/products: limits, roles and validation come with the schema, which is that of openapi.yaml. */
export default async function productRoutes(app: FastifyInstance): Promise<void> {
  const service = createProductService(app);

  app.get<{ Querystring: ListQuery }>(
    '/v1/products',
    { schema: operation('listProducts') },
    async (request, reply) => {
      const list = listRequest('products', request.query, filterable);
      return sendPage(request, reply, await service.list(list, request.context), list.fields);
    },
  );

  app.get<Item & { Querystring: { fields?: string } }>(
    '/v1/products/:id',
    { schema: operation('getProduct') },
    async (request, reply) => {
      const { id } = request.params;
      const fields = fieldList(request.query.fields);
      if (fields) return sendVersion(request, reply, await service.findFields(id, fields, request.context));
      const reading = await service.find(id, request.context);
      return sendVersion(request, reply, reading.entry, reading);
    },
  );

  app.post<{ Body: model.ProductInput }>(
    '/v1/products',
    { schema: operation('createProduct') },
    (request, reply) =>
      app.write(request, reply, async (unit) => {
        const entry = await service.create(unit, request.body);
        return created(entry, `/v1/products/${entry.id}`);
      }),
  );

  app.put<Item & { Body: model.ProductInput }>(
    '/v1/products/:id',
    { schema: operation('replaceProduct') },
    (request, reply) =>
      app.write(request, reply, async (unit) => {
        const precondition = preconditionOf(request.headers);
        return updated(await service.replace(unit, request.params.id, request.body, precondition));
      }),
  );

  app.patch<Item & { Body: Partial<model.ProductInput> }>(
    '/v1/products/:id',
    { schema: operation('updateProduct') },
    (request, reply) =>
      app.write(request, reply, async (unit) => {
        const precondition = preconditionOf(request.headers);
        return updated(await service.update(unit, request.params.id, request.body, precondition));
      }),
  );

  app.delete<Item>('/v1/products/:id', { schema: operation('deleteProduct') }, (request, reply) =>
    app.write(request, reply, async (unit) => {
      await service.remove(unit, request.params.id, preconditionOf(request.headers));
      return noContent();
    }),
  );
}
