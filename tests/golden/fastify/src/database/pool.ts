import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import pg, { type PoolClient } from 'pg';
import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import { dependencyUnavailable } from '../problem.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { Client } from './client.js';
import { textTypes } from './types.js';

const connectionLifeSeconds = 1800;
const idleTimeoutMs = 30_000;
const listenAfterMs = 100;

/** A connection for as long as it is held. */
export interface Lease {
  readonly client: PoolClient;
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
export function createPool(name: string, url: string, config: Config, metrics: Metrics, log: Log): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: config.DB_POOL_MAX,
    connectionTimeoutMillis: config.DB_ACQUIRE_TIMEOUT_MS,
    idleTimeoutMillis: idleTimeoutMs,
    maxLifetimeSeconds: connectionLifeSeconds,
    keepAlive: true,
    types: textTypes,
    Client,
    onConnect: (client) => (client as Client).speakUtc(),
    ...(config.DB_SESSION_STATE === 'on' ? sessionState(name, config) : {}),
  });
  // Without a listener, an idle connection that the server ends would end the process.
  pool.on('error', (error) =>
    log.warn({ pool: name, code: (error as NodeJS.ErrnoException).code }, 'connection lost'),
  );
  // Nor may one that breaks while a request has it; the statement on it fails by itself.
  pool.on('connect', (client) => client.on('error', () => {}));
  observe(name, pool, config, metrics);
  const usedAt = new WeakMap<PoolClient, number>();
  const useTime = metrics.connectionUseTime.labels({ db_client_connection_pool_name: name });

  async function lend(): Promise<PoolClient> {
    const client = await pool.connect();
    const idleMs = performance.now() - (usedAt.get(client) ?? Number.POSITIVE_INFINITY);
    if (idleMs < listenAfterMs) return client;
    // That the server has ended it is still to be read when the process was stopped meanwhile: in the turn after this one.
    await nextTurn();
    await nextTurn();
    if (!isLost(client)) return client;
    client.release(true);
    return lend();
  }

  return {
    async acquire(context) {
      if (context.cancelled) throw context.cancelled;
      try {
        const client = await lend();
        const start = performance.now();
        return {
          client,
          release(broken) {
            usedAt.set(client, performance.now());
            client.release(broken);
            useTime.observe((performance.now() - start) / 1000);
          },
        };
      } catch (error) {
        if (/timeout/i.test((error as Error).message)) {
          metrics.connectionTimeouts.inc({ db_client_connection_pool_name: name });
        }
        throw context.cancelled ?? dependencyUnavailable('database', error);
      }
    },
    async ping(timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(dependencyUnavailable('database')), timeoutMs);
      });
      try {
        await Promise.race([pool.query('select 1'), late]);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => pool.end(),
  };
}

/** Whether the server has said that it ends, or has hung up. */
function isLost(client: PoolClient): boolean {
  // What node-postgres has but does not declare.
  const { _queryable, connection } = client as unknown as {
    _queryable: boolean;
    connection: { stream: Socket };
  };
  return !_queryable || !connection.stream.readable;
}

/** What the server keeps of a connection from its start. */
function sessionState(name: string, config: Config): pg.PoolConfig {
  return {
    application_name: `${config.OTEL_SERVICE_NAME}-${name}`,
    statement_timeout: config.DB_STATEMENT_TIMEOUT_MS,
    lock_timeout: Math.ceil(config.DB_STATEMENT_TIMEOUT_MS / 2),
    idle_in_transaction_session_timeout: config.REQUEST_TIMEOUT_MS + 1000,
  };
}

/** Reads the pool's own counters when metrics are asked for. */
function observe(name: string, pool: pg.Pool, config: Config, metrics: Metrics): void {
  const label = { db_client_connection_pool_name: name };
  // A rate over a series that begins with its first event would miss that event.
  metrics.connectionTimeouts.inc(label, 0);
  metrics.onCollect(() => {
    const idle = pool.idleCount;
    metrics.connections.set({ ...label, db_client_connection_state: 'idle' }, idle);
    metrics.connections.set({ ...label, db_client_connection_state: 'used' }, pool.totalCount - idle);
    metrics.connectionsMax.set(label, config.DB_POOL_MAX);
    metrics.connectionsPending.set(label, pool.waitingCount);
  });
}
