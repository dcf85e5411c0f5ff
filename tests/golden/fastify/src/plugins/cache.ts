import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { createStores } from '../cache/connect.js';
import type { Stores } from '../cache/store.js';
import { type Cache, createCache } from '../cache/two-level.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** What instances share, where they share anything. */
    stores: Stores;
    cache: Cache;
  }
}

/** The cache of this instance in front of the store that instances share. */
async function caching(app: FastifyInstance): Promise<void> {
  const { config, log, metrics } = app;
  const stores = await createStores({ config, log, metrics });
  if (stores.note) log.warn(stores.note);
  const cache = createCache({ shared: stores.store, config, metrics });
  app.decorate('stores', stores);
  app.decorate('cache', cache);
  app.addHook('onClose', async () => {
    cache.close();
    await stores.close();
  });
}

export default plugin(caching, { name: 'cache', dependencies: ['telemetry'] });
