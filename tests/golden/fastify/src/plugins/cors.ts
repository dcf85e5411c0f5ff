import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';

const exposedHeaders =
  'etag, link, location, retry-after, x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset';

/** Lets browsers call the API from CORS_ORIGINS. Preflights are answered in other-methods.ts, by the methods of each path. */
async function crossOrigin(app: FastifyInstance): Promise<void> {
  await app.register(cors, { origin: app.config.CORS_ORIGINS, exposedHeaders, preflight: false });
}

export default plugin(crossOrigin, { name: 'cors' });
