import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { type Cursors, createCursors } from '../http/cursor.js';
import { serializer } from '../openapi.js';

declare module 'fastify' {
  interface FastifyInstance {
    cursors: Cursors;
    contract: { serializer: typeof serializer };
  }
}

/** What the services of resources are made with besides database and cache. */
async function services(app: FastifyInstance): Promise<void> {
  app.decorate('cursors', createCursors(app.config.CURSOR_SECRET));
  app.decorate('contract', { serializer });
}

export default plugin(services, { name: 'services' });
