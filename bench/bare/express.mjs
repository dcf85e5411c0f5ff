import express from 'express';
import { databaseOf } from './pg.mjs';

const database = databaseOf();
const app = express();
app.use(express.json());
app.get('/readyz', (_request, response) => response.json({}));
app.get('/v1/products/:id', async (request, response) =>
  response.json(await database.one(request.params.id)),
);
app.get('/v1/products', async (_request, response) => response.json(await database.list()));
app.post('/v1/products', async (request, response) =>
  response.status(201).json(await database.insert(request.body)),
);
app.listen(Number(process.env.PORT), '127.0.0.1');
