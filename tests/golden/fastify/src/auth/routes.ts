import type { FastifyInstance } from 'fastify';
import { addressKey } from '../http/client-address.js';
import { operation } from '../openapi.js';
import { accountKey, type Credentials } from './accounts.js';

interface SignIn {
  Body: Credentials;
}

interface Registration {
  Body: { email: string };
}

interface Confirmation {
  Body: { token: string; password: string };
}

interface Session {
  Body: { refreshToken: string };
}

const unstored = { 'cache-control': 'no-store' };

/** Registers /v1/auth/…, /v1/me and the public keys. */
export default async function authRoutes(app: FastifyInstance): Promise<void> {
  const { signIn, policy, mails, jwks } = app.auth;

  app.post<Registration>('/v1/auth/register', { schema: operation('register') }, async (request, reply) => {
    const { body, context } = request;
    await app.limit(reply, policy, `register:${addressKey(context.address)}`);
    await app.limit(reply, mails, accountKey(body.email));
    await signIn.register(body.email, context);
    reply.code(202).headers(unstored);
  });

  app.post<Confirmation>('/v1/auth/confirm', { schema: operation('confirm') }, async (request, reply) => {
    const { token, password } = request.body;
    const tokens = await signIn.confirm(token, password, request.context);
    reply.code(201).headers({ location: '/v1/me', ...unstored });
    return tokens;
  });

  app.post<SignIn>('/v1/auth/login', { schema: operation('login') }, async (request, reply) => {
    // Someone who tries passwords is slowed down; the owner of the account, elsewhere, is not.
    const key = `login:${accountKey(request.body.email)}:${addressKey(request.context.address)}`;
    await app.limit(reply, policy, key);
    const tokens = await signIn.login(request.body, request.context);
    reply.headers(unstored);
    return tokens;
  });

  app.post<Session>('/v1/auth/refresh', { schema: operation('refresh') }, async (request, reply) => {
    const tokens = await signIn.refresh(request.body.refreshToken, request.context);
    reply.headers(unstored);
    return tokens;
  });

  app.post<Partial<Session>>('/v1/auth/logout', { schema: operation('logout') }, async (request, reply) => {
    if (request.body) await signIn.logout(request.body.refreshToken, request.context);
    reply.code(204).headers(unstored);
  });

  app.get('/v1/me', { schema: operation('getMe') }, async (request, reply) => {
    const account = await signIn.me(request.context);
    reply.headers({ 'cache-control': 'private, no-cache', vary: 'authorization, origin' });
    return account;
  });

  app.get('/.well-known/jwks.json', { schema: operation('getKeys') }, async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return jwks;
  });
}
