import type { Logger } from 'pino';
import { createAuth } from './auth/create.js';
import { createStores } from './cache/connect.js';
import { type Cache, createCache } from './cache/two-level.js';
import type { Config } from './config.js';
import { type Contract, loadContract } from './contract.js';
import { createDatabase } from './database/connect.js';
import type { Database } from './database/database.js';
import { idempotencyKeys } from './database/idempotency.js';
import { purgeRegularly } from './database/purge.js';
import { RecentWrites } from './database/recent-writes.js';
import { type Cursors, createCursors } from './http/cursor.js';
import { Shedding } from './http/shedding.js';
import { Lifecycle } from './lifecycle.js';
import { createLimiter, type Limiter } from './limits/limiter.js';
import { policies } from './limits/policies.js';
import { createLog } from './telemetry/log.js';
import { createMetrics, type Metrics } from './telemetry/metrics.js';

/** Everything that routes and services are built on. One of each per process. */
export interface Platform {
  config: Config;
  log: Logger;
  metrics: Metrics;
  contract: Contract;
  database: Database;
  recentWrites: RecentWrites;
  cache: Cache;
  limiter: Limiter;
  policies: ReturnType<typeof policies>;
  cursors: Cursors;
  auth: Awaited<ReturnType<typeof createAuth>>;
  shedding: Shedding;
  lifecycle: Lifecycle;
  close(): Promise<void>;
}

/** Connects nothing that has to answer: the process starts, and serves what it can, while a dependency is down. */
export async function createPlatform(config: Config): Promise<Platform> {
  const log = createLog(config);
  const metrics = createMetrics();
  const database = await createDatabase({ config, log, metrics });
  const stores = await createStores({ config, log, metrics });
  if (stores.note) log.warn(stores.note);
  const cache = createCache({ shared: stores.store, config, metrics });
  const shedding = new Shedding(config, metrics);
  const stopPurge = purgeRegularly(database, log, idempotencyKeys);
  const checks = {
    database: (timeoutMs: number) => database.ping(timeoutMs),
    cache: (timeoutMs: number) => stores.ping(timeoutMs),
  };
  const auth = await createAuth({ config, log, metrics, database });
  return {
    config,
    log,
    metrics,
    contract: loadContract(),
    database,
    recentWrites: new RecentWrites(database.hasReplica ? stores.marks : undefined),
    cache,
    limiter: createLimiter({ shared: stores.bucket, metrics, log }),
    policies: policies(config),
    cursors: createCursors(config.CURSOR_SECRET),
    auth,
    shedding,
    lifecycle: new Lifecycle(checks, config.READINESS_GATES),
    async close() {
      stopPurge();
      auth.close();
      shedding.close();
      cache.close();
      await stores.close();
      await database.close();
    },
  };
}
