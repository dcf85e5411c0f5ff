import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import plugin from 'fastify-plugin';
import { anonymous } from '../auth/authenticator.js';
import { createAuth } from '../auth/create.js';
import { hasCredentials } from '../auth/credentials.js';
import type { Role } from '../auth/roles.js';
import type { Policy } from '../limits/bucket.js';
import { Problem } from '../problem.js';
import { addressBucket } from './rate-limit.js';

declare module 'fastify' {
  interface FastifyInstance {
    auth: Awaited<ReturnType<typeof createAuth>>;
    /** Hook: finds out who sends a request that has credentials. Guessing them costs the address by `policy`. */
    authenticate(policy: Policy): onRequestAsyncHookHandler;
    /** Hook: refuses callers who have not signed in, or not with that role. */
    requireRole(role?: Role): onRequestAsyncHookHandler;
    /** Hook: refuses callers without a tenant, after `requireRole`. */
    requireTenant: onRequestAsyncHookHandler;
  }
}

async function auth(app: FastifyInstance): Promise<void> {
  const created = await createAuth(app);
  app.decorate('auth', created);
  app.addHook('onClose', async () => created.close());

  app.decorate('authenticate', (policy) => async ({ headers, context }, reply) => {
    if (!hasCredentials(headers)) return;
    try {
      context.principal = (await created.authenticate(headers, context)) ?? anonymous;
    } catch (error) {
      await app.limit(reply, policy, addressBucket(context.address));
      throw error;
    }
  });

  app.decorate('requireRole', (role) => async ({ context: { principal } }) => {
    if (principal === anonymous) {
      throw new Problem('unauthenticated', { headers: { 'www-authenticate': created.challenge } });
    }
    if (role && !principal.roles.includes(role) && !principal.roles.includes('admin')) {
      throw new Problem('forbidden', { detail: `This needs the role "${role}".` });
    }
  });

  app.decorate('requireTenant', async ({ context: { principal } }) => {
    if (principal.tenant === undefined)
      throw new Problem('forbidden', { detail: 'This needs a caller with a tenant.' });
  });
}

export default plugin(auth, { name: 'auth', dependencies: ['database', 'rate-limit'] });
