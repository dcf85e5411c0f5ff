import type { Logger } from 'pino';
import { createAuth } from './auth/create.js';
import { createStores } from './cache/connect.js';
import { type Cache, createCache } from './cache/two-level.js';
import type { Config } from './config.js';
import { createDatabase } from './database/connect.js';
import type { Database } from './database/database.js';
import { idempotencyKeys } from './database/idempotency.js';
import { purgeRegularly } from './database/purge.js';
import { RecentWrites } from './database/recent-writes.js';
import { createSchemaCheck } from './database/schema.js';
import { type Cursors, createCursors } from './http/cursor.js';
import { Shedding } from './http/shedding.js';
import { Lifecycle } from './lifecycle.js';
import { createLimiter, type Limiter } from './limits/limiter.js';
import { policies } from './limits/policies.js';
import { serializer } from './openapi.js';
import { createLog } from './telemetry/log.js';
import { createMetrics, type Metrics } from './telemetry/metrics.js';
import { startTracing } from './telemetry/tracing.js';

declare global {
  namespace Express {
    /** `app.locals`: what middleware and routes are built on, one of each per process. */
    interface Locals {
      config: Config;
      log: Logger;
      metrics: Metrics;
      database: Database;
      recentWrites: RecentWrites;
      cache: Cache;
      limiter: Limiter;
      policies: ReturnType<typeof policies>;
      cursors: Cursors;
      contract: { serializer: typeof serializer };
      auth: Awaited<ReturnType<typeof createAuth>>;
      shedding: Shedding;
      lifecycle: Lifecycle;
      /** Closes connections and sends what is left of the traces. */
      close(): Promise<void>;
    }
  }
}

/** Waits for no dependency: the process starts, and serves what it can, while one is down. */
export async function createLocals(config: Config): Promise<Express.Locals> {
  const stopTracing = startTracing(config);
  const log = createLog(config);
  const metrics = createMetrics();
  const database = await createDatabase({ config, log, metrics });
  const stores = await createStores({ config, log, metrics });
  if (stores.note) log.warn(stores.note);
  const cache = createCache({ shared: stores.store, config, metrics });
  const limiter = createLimiter({ shared: stores.bucket, metrics, log });
  const parts = { config, log, metrics, database, limiter, stores };
  const auth = await createAuth(parts);
  const shedding = new Shedding(config, metrics);
  const stopPurge = purgeRegularly(database, log, idempotencyKeys);
  const checks = {
    database: (timeoutMs: number) => database.ping(timeoutMs),
    cache: (timeoutMs: number) => stores.ping(timeoutMs),
  };
  return {
    config,
    log,
    metrics,
    database,
    recentWrites: new RecentWrites(database.hasReplica ? stores.marks : undefined),
    cache,
    limiter,
    policies: policies(config),
    cursors: createCursors(config.CURSOR_SECRET),
    contract: { serializer },
    auth,
    shedding,
    lifecycle: new Lifecycle(checks, config.READINESS_GATES, createSchemaCheck(database, log)),
    async close() {
      stopPurge();
      auth.close();
      shedding.close();
      cache.close();
      await stores.close();
      await database.close();
      await stopTracing();
    },
  };
}
