import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { Api } from '../api.js';
import { addressKey } from '../http/client-address.js';
import { type Credentials, canonicalEmail } from './accounts.js';

/** Registers /v1/auth/…, /v1/me and the public keys. */
export default function authRoutes(api: Api): void {
  const { signIn, policy, jwks } = api.platform.auth;

  /** Someone who tries passwords is slowed down; the owner of the account, elsewhere, is not. */
  const limit = (action: string, request: Request) => {
    const account = canonicalEmail((request.body as Credentials).email);
    const hash = createHash('sha256').update(account).digest('base64url');
    return api.limit(request, policy, `${action}:${hash}:${addressKey(request.context.address)}`);
  };

  api.operation('register', async (request, response) => {
    await limit('register', request);
    const tokens = await signIn.register(request.body as Credentials, request.context);
    response.status(201).set({ location: '/v1/me', 'cache-control': 'no-store' });
    return tokens;
  });

  api.operation('login', async (request, response) => {
    await limit('login', request);
    const tokens = await signIn.login(request.body as Credentials, request.context);
    response.set('cache-control', 'no-store');
    return tokens;
  });

  api.operation('refresh', async (request, response) => {
    const { refreshToken } = request.body as { refreshToken: string };
    const tokens = await signIn.refresh(refreshToken, request.context);
    response.set('cache-control', 'no-store');
    return tokens;
  });

  api.operation('logout', async (request, response) => {
    const session = request.body as { refreshToken: string } | undefined;
    if (session) await signIn.logout(session.refreshToken, request.context);
    response.status(204).set('cache-control', 'no-store');
  });

  api.operation('getMe', async (request, response) => {
    const account = await signIn.me(request.context);
    response.set({ 'cache-control': 'private, no-cache', vary: 'authorization, origin' });
    return account;
  });

  api.operation('getKeys', async (_, response) => {
    response.set('cache-control', 'public, max-age=300');
    return jwks;
  });
}
