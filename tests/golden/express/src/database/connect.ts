import { BrokenCircuitError } from 'cockatiel';
import { CompiledQuery, sql } from 'kysely';
import type { PoolClient } from 'pg';
import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import { dependencyUnavailable, Problem } from '../problem.js';
import { createBreaker } from '../resilience.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { inSpan } from '../telemetry/trace.js';
import { compiled, type Database, type Query, summaryOf, type Transaction } from './database.js';
import { isDependencyFailure, isRetryable, toDatabaseError } from './errors.js';
import { createPool, type Pool } from './pool.js';
import { untilFresh } from './prepared.js';
import { db } from './queries.js';
import { runCancellable } from './run.js';

const transactionAttempts = 3;
const begin = CompiledQuery.raw('begin');
const commit = CompiledQuery.raw('commit');

/** A transaction on a connection. */
interface Running {
  transaction: Transaction;
  /** Commits unless the last statement has done so. */
  end(): Promise<void>;
  /** Whether the server knows of it. */
  readonly begun: boolean;
}

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

  const prepare = config.DB_SESSION_STATE === 'on';

  async function readFrom<Row>(pool: Pool, query: CompiledQuery<Row>, context: CallContext) {
    const { client, release } = await pool.acquire(context);
    let broken = false;
    try {
      const [rows] = await untilFresh(() => runCancellable(client, [query], context, prepare));
      return rows as Row[];
    } catch (error) {
      const known = toDatabaseError(error, context);
      broken = isDependencyFailure(known as Error);
      throw known;
    } finally {
      release(broken);
    }
  }

  async function readOnReplica<Row>(pool: Pool, query: CompiledQuery<Row>, context: CallContext) {
    try {
      return await guarded(context, () => readFrom(pool, query, context), replicaBreaker);
    } catch (error) {
      if (error instanceof Problem && !isDependencyFailure(error)) throw error;
      // Down, behind a migration, or in conflict with what it replays: the primary can do it.
      return guarded(context, () => readFrom(primary, query, context));
    }
  }

  function read<Row>(given: Query<Row>, context: CallContext, fresh = false) {
    const query = compiled(given);
    const work = () =>
      replica && !fresh
        ? readOnReplica(replica, query, context)
        : guarded(context, () => readFrom(primary, query, context));
    if (!context.span.isRecording()) return work();
    const summary = summaryOf(query);
    return inSpan(
      context.span,
      summary,
      { 'db.system.name': 'postgresql', 'db.query.summary': summary },
      work,
    );
  }

  async function attempt<Result>(context: CallContext, work: (transaction: Transaction) => Promise<Result>) {
    const { client, release } = await primary.acquire(context);
    const running = transactionOn(client, context, prepare);
    let broken = false;
    context.inTransaction = true;
    try {
      const result = await work(running.transaction);
      await running.end();
      return result;
    } catch (error) {
      const known = toDatabaseError(error, context);
      broken = isDependencyFailure(known as Error) || (running.begun && !(await rolledBack(client)));
      throw known;
    } finally {
      release(broken);
      context.inTransaction = false;
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
          // Statements that collided must not collide again.
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

/** It is begun in the same round trip as its first statement. */
function transactionOn(client: PoolClient, context: CallContext, prepare: boolean): Running {
  let begun = false;
  let finished = false;

  async function run(queries: readonly CompiledQuery[], last = false): Promise<object[][]> {
    if (finished) throw new Error('a statement comes after the last one of its transaction');
    finished = last;
    const all = [...queries];
    const first = !begun;
    begun = true;
    if (first) all.unshift(begin);
    if (last) all.push(commit);
    try {
      return (await runCancellable(client, all, context, prepare)).slice(first ? 1 : 0);
    } catch (error) {
      throw toDatabaseError(error, context);
    }
  }

  async function query<Row>(given: Query<Row>): Promise<Row[]> {
    const [rows] = await run([compiled(given)]);
    return rows as Row[];
  }

  const transaction: Transaction = {
    query,
    async finish<Row>(given: Query<Row>) {
      const [rows] = await run([compiled(given)], true);
      return rows as Row[];
    },
    async tryLock(name) {
      const [row] = await query(lock(name));
      return row?.locked === true;
    },
    async queryLocked<Row>(name: string, given: Query<Row>) {
      const [locks, rows] = await run([lock(name), compiled(given)]);
      const [row] = locks as { locked: boolean }[];
      return row?.locked ? (rows as Row[]) : undefined;
    },
  };
  return {
    transaction,
    async end() {
      if (begun && !finished) await run([], true);
    },
    get begun() {
      return begun;
    },
  };
}

function lock(name: string): CompiledQuery<{ locked: boolean }> {
  return sql<{
    locked: boolean;
  }>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as locked`.compile(db);
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
