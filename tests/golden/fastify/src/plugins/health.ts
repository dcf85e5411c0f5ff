import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { createSchemaCheck } from '../database/schema.js';
import { Lifecycle } from '../lifecycle.js';
import { operation } from '../openapi.js';

declare module 'fastify' {
  interface FastifyInstance {
    lifecycle: Lifecycle;
  }
}

/** The probes: whether the process is there, and whether it wants traffic. Never limited and never shed. */
async function health(app: FastifyInstance): Promise<void> {
  const checks = {
    database: (timeoutMs: number) => app.database.ping(timeoutMs),
    cache: (timeoutMs: number) => app.stores.ping(timeoutMs),
  };
  const lifecycle = new Lifecycle(
    checks,
    app.config.READINESS_GATES,
    createSchemaCheck(app.database, app.log),
  );
  app.decorate('lifecycle', lifecycle);
  const config = { probe: true };

  app.get('/livez', { schema: operation('getLiveness'), config }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'alive' };
  });

  app.get('/readyz', { schema: operation('getReadiness'), config }, async (_request, reply) => {
    const state = await lifecycle.readiness();
    const wanted = state.status === 'ready' || state.status === 'degraded';
    reply.code(wanted ? 200 : 503).header('cache-control', 'no-store');
    return state;
  });
}

export default plugin(health, { name: 'health', dependencies: ['database', 'cache', 'operations'] });
