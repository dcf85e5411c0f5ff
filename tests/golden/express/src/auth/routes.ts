import { type Express, type RequestHandler, Router } from 'express';
import { addressKey } from '../http/client-address.js';
import { authenticate, requireRole } from '../middleware/auth.js';
import { otherMethods } from '../middleware/methods.js';
import { limit, rateLimit } from '../middleware/rate-limit.js';
import { validate } from '../middleware/validate.js';
import { accountKey, type Credentials } from './accounts.js';

/** /v1/auth/…, /v1/me and the public keys. */
export function authRouter({ locals }: Express): Router {
  const { signIn, policy, mails, jwks } = locals.auth;
  const router = Router({ caseSensitive: true, strict: true });

  /** Someone who tries passwords is slowed down; the owner of the account, elsewhere, is not. */
  const limitTries: RequestHandler = async (req, res, next) => {
    const { email }: Credentials = req.body;
    await limit(req, res, policy, `login:${accountKey(email)}:${addressKey(req.context.address)}`);
    next();
  };

  const limitMails: RequestHandler = async (req, res, next) => {
    await limit(req, res, policy, `register:${addressKey(req.context.address)}`);
    await limit(req, res, mails, accountKey(req.body.email));
    next();
  };

  router
    .route('/v1/auth/register')
    .post(rateLimit('default'), validate('register'), limitMails, async (req, res) => {
      await signIn.register(req.body.email, req.context);
      res.status(202).set('cache-control', 'no-store').end();
    })
    .all(otherMethods);

  router
    .route('/v1/auth/confirm')
    .post(rateLimit('default'), validate('confirm'), async (req, res) => {
      const { token, password } = req.body;
      const tokens = await signIn.confirm(token, password, req.context);
      res.status(201).set({ location: '/v1/me', 'cache-control': 'no-store' }).json(tokens);
    })
    .all(otherMethods);

  router
    .route('/v1/auth/login')
    .post(rateLimit('default'), validate('login'), limitTries, async (req, res) => {
      const tokens = await signIn.login(req.body, req.context);
      res.set('cache-control', 'no-store').json(tokens);
    })
    .all(otherMethods);

  router
    .route('/v1/auth/refresh')
    .post(rateLimit('default'), validate('refresh'), async (req, res) => {
      const tokens = await signIn.refresh(req.body.refreshToken, req.context);
      res.set('cache-control', 'no-store').json(tokens);
    })
    .all(otherMethods);

  router
    .route('/v1/auth/logout')
    .post(rateLimit('default'), validate('logout'), async (req, res) => {
      if (req.body) await signIn.logout(req.body.refreshToken, req.context);
      res.status(204).set('cache-control', 'no-store').end();
    })
    .all(otherMethods);

  router
    .route('/v1/me')
    .get(authenticate, rateLimit('default'), requireRole(), validate('getMe'), async (req, res) => {
      const account = await signIn.me(req.context);
      res.set({ 'cache-control': 'private, no-cache', vary: 'authorization, origin' }).json(account);
    })
    .all(otherMethods);

  router
    .route('/.well-known/jwks.json')
    .get(rateLimit('default'), validate('getKeys'), (_req, res) => {
      res.set('cache-control', 'public, max-age=300').json(jwks);
    })
    .all(otherMethods);

  return router;
}
