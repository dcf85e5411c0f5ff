import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressKey } from '../http/client-address.js';
import { type Credentials, canonicalEmail } from './accounts.js';

/** Registers /v1/auth/…, /v1/me and the public keys. */
export default async function authRoutes(app: FastifyInstance): Promise<void> {
  const { signIn, policy, jwks } = app.platform.auth;

  /** Someone who tries passwords is slowed down; the owner of the account, elsewhere, is not. */
  const limit = (action: string, request: FastifyRequest) => {
    const account = canonicalEmail((request.body as Credentials).email);
    const hash = createHash('sha256').update(account).digest('base64url');
    return app.limit(request, policy, `${action}:${hash}:${addressKey(request.context.address)}`);
  };

  app.operation('register', async (request, reply) => {
    await limit('register', request);
    const tokens = await signIn.register(request.body as Credentials, request.context);
    reply.code(201).headers({ location: '/v1/me', 'cache-control': 'no-store' });
    return tokens;
  });

  app.operation('login', async (request, reply) => {
    await limit('login', request);
    const tokens = await signIn.login(request.body as Credentials, request.context);
    reply.header('cache-control', 'no-store');
    return tokens;
  });

  app.operation('refresh', async (request, reply) => {
    const { refreshToken } = request.body as { refreshToken: string };
    const tokens = await signIn.refresh(refreshToken, request.context);
    reply.header('cache-control', 'no-store');
    return tokens;
  });

  app.operation('logout', async (request, reply) => {
    const session = request.body as { refreshToken: string } | undefined;
    if (session) await signIn.logout(session.refreshToken, request.context);
    reply.code(204).header('cache-control', 'no-store');
  });

  app.operation('getMe', async (request, reply) => {
    const account = await signIn.me(request.context);
    reply.headers({ 'cache-control': 'private, no-cache', vary: 'authorization, origin' });
    return account;
  });

  app.operation('getKeys', async (_, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return jwks;
  });
}
