import { BrokenCircuitError } from 'cockatiel';
import type { PoolClient } from 'pg';
import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import { dependencyUnavailable, Problem } from '../problem.js';
import { createBreaker } from '../resilience.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { inSpan } from '../telemetry/trace.js';
import type { Database, Statement, Transaction } from './database.js';
import { isDependencyFailure, isRetryable, toDatabaseError } from './errors.js';
import { createPool, type Pool } from './pool.js';
import { untilFresh } from './prepared.js';
import { runCancellable } from './run.js';

const transactionAttempts = 3;
const begin: Statement = { name: '', text: 'begin' };
const commit: Statement = { name: '', text: 'commit' };
const tryLock: Statement = {
  name: 'try_lock',
  text: 'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked',
};

interface Parts {
  config: Config;
  log: Log;
  metrics: Metrics;
}

/** PostgreSQL through pools of bounded size. The server need not be up yet. */
export async function createDatabase({ config, log, metrics }: Parts): Promise<Database> {
  const primary = createPool('primary', config.DATABASE_URL, config, metrics, log);
  const replica = config.DATABASE_REPLICA_URL
    ? createPool('replica', config.DATABASE_REPLICA_URL, config, metrics, log)
    : undefined;
  const breaker = createBreaker('database', metrics, isDependencyFailure);
  const replicaBreaker = createBreaker('database-replica', metrics, isDependencyFailure);

  async function guarded<Result>(
    context: CallContext,
    work: () => Promise<Result>,
    circuit = breaker,
  ): Promise<Result> {
    try {
      return await circuit.execute(work);
    } catch (error) {
      throw (
        context.cancelled ??
        (error instanceof BrokenCircuitError ? dependencyUnavailable('database', error) : error)
      );
    }
  }

  function sent(statement: Statement): Statement {
    return config.DB_SESSION_STATE === 'on' ? statement : { ...statement, name: '' };
  }

  async function readFrom<Row>(
    pool: Pool,
    statement: Statement,
    values: readonly unknown[],
    context: CallContext,
  ) {
    const { client, release } = await pool.acquire(context);
    let broken = false;
    try {
      return await untilFresh(() => runCancellable<Row>(client, sent(statement), values, context));
    } catch (error) {
      const known = toDatabaseError(error, context);
      broken = isDependencyFailure(known as Error);
      throw known;
    } finally {
      release(broken);
    }
  }

  async function readOnReplica<Row>(
    pool: Pool,
    statement: Statement,
    values: readonly unknown[],
    context: CallContext,
  ) {
    try {
      return await guarded(context, () => readFrom<Row>(pool, statement, values, context), replicaBreaker);
    } catch (error) {
      if (error instanceof Problem && !isDependencyFailure(error)) throw error;
      // Down, behind a migration, or in conflict with what it replays: the primary can do it.
      return guarded(context, () => readFrom<Row>(primary, statement, values, context));
    }
  }

  function read<Row>(statement: Statement, values: readonly unknown[], context: CallContext, fresh = false) {
    const work = () =>
      replica && !fresh
        ? readOnReplica<Row>(replica, statement, values, context)
        : guarded(context, () => readFrom<Row>(primary, statement, values, context));
    if (!context.span.isRecording()) return work();
    const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': statement.name };
    return inSpan(context.span, statement.name || 'select', attributes, work);
  }

  async function attempt<Result>(context: CallContext, work: (transaction: Transaction) => Promise<Result>) {
    const { client, release } = await primary.acquire(context);
    let broken = false;
    try {
      await runCancellable(client, begin, [], context);
      const result = await work(transactionOn(client, context, sent));
      await runCancellable(client, commit, [], context);
      return result;
    } catch (error) {
      const known = toDatabaseError(error, context);
      broken = isDependencyFailure(known as Error) || !(await rolledBack(client));
      throw known;
    } finally {
      release(broken);
    }
  }

  async function transaction<Result>(
    context: CallContext,
    work: (transaction: Transaction) => Promise<Result>,
  ) {
    const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': 'TRANSACTION' };
    return inSpan(context.span, 'transaction', attributes, async () => {
      for (let tried = 1; ; tried += 1) {
        try {
          return await guarded(context, () => attempt(context, work));
        } catch (error) {
          if (tried === transactionAttempts || context.cancelled || !isRetryable(error)) throw error;
          // Those that collided must not collide again.
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** tried));
        }
      }
    });
  }

  return {
    hasReplica: replica !== undefined,
    read,
    transaction,
    async ping(timeoutMs) {
      await primary.ping(timeoutMs);
    },
    async close() {
      await Promise.all([primary.close(), replica?.close()]);
    },
  };
}

function transactionOn(
  client: PoolClient,
  context: CallContext,
  sent: (statement: Statement) => Statement,
): Transaction {
  return {
    async query(statement, values) {
      try {
        return await runCancellable(client, sent(statement), values, context);
      } catch (error) {
        throw toDatabaseError(error, context);
      }
    },
    async tryLock(name) {
      const [row] = await this.query<{ locked: boolean }>(tryLock, [name]);
      return row?.locked === true;
    },
  };
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
