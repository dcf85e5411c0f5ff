import Fastify from 'fastify';
import { databaseOf } from './pg.mjs';

const database = databaseOf();
const app = Fastify();
app.get('/readyz', async () => ({}));
app.get('/v1/products/:id', (request) => database.one(request.params.id));
app.get('/v1/products', () => database.list());
app.post('/v1/products', async (request, reply) => {
  reply.code(201);
  return database.insert(request.body);
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
