import type { FastifyInstance } from 'fastify';
import { operation } from '../openapi.js';

/** Registers /v1/me. */
export default async function authRoutes(app: FastifyInstance): Promise<void> {
  app.get('/v1/me', { schema: operation('getMe') }, async ({ context }, reply) => {
    reply.headers({ 'cache-control': 'private, no-cache', vary: 'authorization, origin' });
    return context.principal;
  });
}
