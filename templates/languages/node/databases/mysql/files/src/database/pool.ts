import mysql, { type Pool as DriverPool, type PoolConnection } from 'mysql2';
import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import { dependencyUnavailable } from '../problem.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { optionsOf, sessionStatement } from './options.js';

const name = 'primary';
const connectionLifeMs = 1_800_000;
const idleTimeoutMs = 30_000;

/** A connection for as long as it is held. */
export interface Lease {
  readonly connection: PoolConnection;
  /** @param broken whether the connection is to be closed */
  release(broken: boolean): void;
}

export interface Pool {
  /** @throws Problem `dependency-unavailable` when no connection is free in DB_ACQUIRE_TIMEOUT_MS */
  acquire(context: CallContext): Promise<Lease>;
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** A bounded pool: its size times the number of instances must stay below what the server grants. */
export function createPool(config: Config, metrics: Metrics, log: Log): Pool {
  const pool = mysql.createPool({
    ...optionsOf(config.DATABASE_URL),
    connectionLimit: config.DB_POOL_MAX,
    maxIdle: Math.max(1, config.DB_POOL_MAX - 1),
    idleTimeout: idleTimeoutMs,
    connectTimeout: config.DB_ACQUIRE_TIMEOUT_MS,
    enableKeepAlive: true,
  });
  const madeAt = new WeakMap<object, number>();
  const session = sessionStatement(sessionSettings(config));
  pool.on('connection', (connection) => {
    // Both are the connection that the pool lends; it runs this before all that is asked of it.
    madeAt.set(connection, performance.now());
    connection.on('error', (error: NodeJS.ErrnoException) =>
      log.warn({ pool: name, code: error.code }, 'connection lost'),
    );
    connection.query(session, (error) => {
      if (error) connection.destroy();
    });
  });
  const counts = observe(pool, config, metrics);
  const useTime = metrics.connectionUseTime.labels({ db_client_connection_pool_name: name });

  /** @throws Error when none is free in time */
  function lend(timeoutMs: number): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let late = false;
      counts.pending += 1;
      const timer = setTimeout(() => {
        late = true;
        counts.pending -= 1;
        metrics.connectionTimeouts.inc({ db_client_connection_pool_name: name });
        reject(new Error('no connection in time'));
      }, timeoutMs);
      pool.getConnection((error, connection) => {
        if (late) return void connection?.release();
        clearTimeout(timer);
        counts.pending -= 1;
        if (error) reject(error);
        else resolve(connection);
      });
    });
  }

  return {
    async acquire(context) {
      if (context.cancelled) throw context.cancelled;
      try {
        const connection = await lend(config.DB_ACQUIRE_TIMEOUT_MS);
        const start = performance.now();
        counts.used += 1;
        return {
          connection,
          release(broken) {
            counts.used -= 1;
            const old = start - (madeAt.get(connection) ?? start) > connectionLifeMs;
            if (broken || old) connection.destroy();
            else connection.release();
            useTime.observe((performance.now() - start) / 1000);
          },
        };
      } catch (error) {
        throw context.cancelled ?? dependencyUnavailable('database', error);
      }
    },
    async ping(timeoutMs) {
      const connection = await lend(timeoutMs).catch((error) => {
        throw dependencyUnavailable('database', error);
      });
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          connection.destroy();
          reject(dependencyUnavailable('database'));
        }, timeoutMs);
        connection.ping((error) => {
          clearTimeout(timer);
          if (error) connection.destroy();
          else connection.release();
          if (error) reject(dependencyUnavailable('database', error));
          else resolve();
        });
      });
    },
    close: () => new Promise((resolve) => pool.end(() => resolve())),
  };
}

/** What the server enforces by itself: of statements that only read, and of waits for locks. */
function sessionSettings({ DB_STATEMENT_TIMEOUT_MS }: Config): Record<string, number> {
  const lockSeconds = Math.max(1, Math.floor(DB_STATEMENT_TIMEOUT_MS / 2000));
  return {
    max_execution_time: DB_STATEMENT_TIMEOUT_MS,
    innodb_lock_wait_timeout: lockSeconds,
    lock_wait_timeout: lockSeconds,
  };
}

/** Counts what is lent and who waits, for when metrics are asked for. */
function observe(pool: DriverPool, config: Config, metrics: Metrics) {
  const counts = { used: 0, pending: 0 };
  const label = { db_client_connection_pool_name: name };
  // What the driver has but does not declare.
  const { _freeConnections } = pool as unknown as { _freeConnections: { readonly length: number } };
  // A rate over a series that begins with its first event would miss that event.
  metrics.connectionTimeouts.inc(label, 0);
  metrics.onCollect(() => {
    metrics.connections.set({ ...label, db_client_connection_state: 'idle' }, _freeConnections.length);
    metrics.connections.set({ ...label, db_client_connection_state: 'used' }, counts.used);
    metrics.connectionsMax.set(label, config.DB_POOL_MAX);
    metrics.connectionsPending.set(label, counts.pending);
  });
  return counts;
}
