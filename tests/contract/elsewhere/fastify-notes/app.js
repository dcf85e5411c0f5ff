import { createHmac, randomUUID, scryptSync, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import prometheus from 'prom-client';

const { DB, CACHE, SECRET, HTTP_PORT = '3000', TIMEOUT_SECONDS = '10' } = process.env;
if (!SECRET) {
  console.error('SECRET is not set');
  process.exit(1);
}
const timeout = Number(TIMEOUT_SECONDS) * 1000;
const pool = new pg.Pool({ connectionString: DB, max: 10, statement_timeout: timeout, connectionTimeoutMillis: timeout });
pool.on('error', () => {});
const redis = new Redis(CACHE, { maxRetriesPerRequest: 1, commandTimeout: 200 });
redis.on('error', () => {});

prometheus.collectDefaultMetrics();
const duration = new prometheus.Histogram({
  name: 'http_request_duration_ms',
  help: 'How long requests took.',
  labelNames: ['method', 'route', 'code'],
  buckets: [5, 10, 50, 100, 250, 500, 1000, 5000],
});
new prometheus.Gauge({
  name: 'pg_pool_waiting',
  help: 'Requests that wait for a connection.',
  collect() {
    this.set(pool.waitingCount);
  },
});

const app = Fastify({ forceCloseConnections: 'idle', requestIdHeader: 'x-correlation-id', logger: { level: process.env.LEVEL ?? 'info' } });
const sign = (text) => createHmac('sha256', SECRET).update(text).digest('base64url');
const hashed = (name, password) => scryptSync(password, name, 32, { N: 1024 }).toString('base64url');
const tokenOf = (id) => `${id}.${sign(id)}`;

function userOf(request, reply) {
  const [, id = '', mac = ''] = /^Bearer ([\w-]+)\.([\w-]+)$/.exec(request.headers.authorization ?? '') ?? [];
  const right = sign(id);
  if (mac.length === right.length && timingSafeEqual(Buffer.from(mac), Buffer.from(right))) return id;
  reply.code(401).send({ message: 'Sign in first' });
  return undefined;
}

app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) =>
  duration.observe({ method, route: routeOptions.url ?? 'none', code: statusCode }, elapsedTime),
);

app.get('/health', async () => ({ status: 'ok' }));
app.get('/ready', async (request, reply) => {
  const [database] = await Promise.allSettled([pool.query('select 1')]);
  return reply.code(database.status === 'fulfilled' ? 200 : 503).send({});
});
app.get('/prometheus', async (_, reply) => {
  reply.header('content-type', prometheus.register.contentType);
  return prometheus.register.metrics();
});
app.get('/openapi.json', async () => JSON.parse(fs.readFileSync('document.json', 'utf8')));

await app.register(
  async (api) => {
    const account = {
      body: {
        type: 'object',
        required: ['name', 'password'],
        properties: { name: { type: 'string' }, password: { type: 'string', minLength: 8 } },
      },
    };
    api.post('/signup', { schema: account }, async ({ body: { name, password } }, reply) => {
      const id = randomUUID();
      await pool.query('insert into users values ($1, $2, $3)', [id, name, hashed(name, password)]);
      return reply.code(201).send({ id });
    });
    api.post('/login', { schema: account }, async ({ body: { name, password } }, reply) => {
      const { rows } = await pool.query('select id from users where name = $1 and password = $2', [
        name,
        hashed(name, password),
      ]);
      return rows.length === 0 ? reply.code(401).send({ message: 'No' }) : { token: tokenOf(rows[0].id) };
    });

    const note = {
      body: {
        type: 'object',
        required: ['text'],
        additionalProperties: false,
        properties: { text: { type: 'string', minLength: 1, maxLength: 200 } },
      },
    };
    const one = { params: { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } } };
    api.get('/notes', async () => {
      const { rows } = await pool.query('select id, text from notes order by id limit 50');
      return { items: rows };
    });
    api.post('/notes', { schema: note }, async (request, reply) => {
      const author = userOf(request, reply);
      if (!author) return reply;
      const made = { id: randomUUID(), text: request.body.text };
      await pool.query('insert into notes values ($1, $2, $3)', [made.id, made.text, author]);
      return reply.code(201).header('location', `/api/notes/${made.id}`).send(made);
    });
    api.get('/notes/:id', { schema: one }, async ({ params: { id } }, reply) => {
      const kept = await redis.get(`note:${id}`).catch(() => null);
      if (kept) return JSON.parse(kept);
      const { rows } = await pool.query('select id, text from notes where id = $1', [id]);
      if (rows.length === 0) return reply.code(404).send({ message: 'Not found' });
      await redis.set(`note:${id}`, JSON.stringify(rows[0]), 'EX', 60).catch(() => {});
      return rows[0];
    });
    api.put('/notes/:id', { schema: { ...note, ...one } }, async (request, reply) => {
      if (!userOf(request, reply)) return reply;
      const { id } = request.params;
      const { rows } = await pool.query('update notes set text = $2 where id = $1 returning id, text', [
        id,
        request.body.text,
      ]);
      if (rows.length === 0) return reply.code(404).send({ message: 'Not found' });
      await redis.del(`note:${id}`).catch(() => {});
      return rows[0];
    });
  },
  { prefix: '/api' },
);

for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, async () => {
    await app.close();
    await pool.end();
    redis.disconnect();
    process.exit(0);
  });
await app.listen({ port: Number(HTTP_PORT), host: '0.0.0.0' });
