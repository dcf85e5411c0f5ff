import type { FastifyInstance } from 'fastify';
import { operation } from '../openapi.js';

/** Registers /v1/me, and what the page of documentation has to know to sign in. */
export default async function authRoutes(app: FastifyInstance): Promise<void> {
  app.get('/v1/me', { schema: operation('getMe') }, async ({ context }, reply) => {
    reply.headers({ 'cache-control': 'private, no-cache', vary: 'authorization, origin' });
    return context.principal;
  });

  const { OIDC_ISSUER: issuer, OIDC_DOCS_CLIENT_ID: clientId, OIDC_DOCS_SCOPE: scope } = app.config;
  app.get('/docs/sign-in.json', async (_request, reply) => {
    reply.header('cache-control', 'no-cache');
    return { issuer, clientId, scope };
  });
}
