import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { createDatabase } from '../database/connect.js';
import type { Database } from '../database/database.js';
import { idempotencyKeys } from '../database/idempotency.js';
import { purgeRegularly } from '../database/purge.js';
import { RecentWrites } from '../database/recent-writes.js';

declare module 'fastify' {
  interface FastifyInstance {
    database: Database;
    recentWrites: RecentWrites;
  }
}

/** The database. It need not answer yet: the process starts, and serves what it can, while it is down. */
async function database(app: FastifyInstance): Promise<void> {
  const connected = await createDatabase(app);
  const stopPurge = purgeRegularly(connected, app.log, idempotencyKeys);
  app.decorate('database', connected);
  app.decorate('recentWrites', new RecentWrites(connected.hasReplica ? app.stores.marks : undefined));
  app.addHook('onClose', async () => {
    stopPurge();
    await connected.close();
  });
}

export default plugin(database, { name: 'database', dependencies: ['telemetry', 'cache'] });
