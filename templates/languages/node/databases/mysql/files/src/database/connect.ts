import { createHash } from 'node:crypto';
import { BrokenCircuitError } from 'cockatiel';
import { CompiledQuery, sql } from 'kysely';
import type { PoolConnection } from 'mysql2';
import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import { dependencyUnavailable } from '../problem.js';
import { createBreaker } from '../resilience.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { inSpan } from '../telemetry/trace.js';
import { compiled, type Database, type Query, summaryOf, type Transaction } from './database.js';
import { columnsOfKey, finalError, isDependencyFailure, isRetryable, toDatabaseError } from './errors.js';
import { createPool } from './pool.js';
import { db } from './queries.js';
import { returningOf } from './returning.js';
import { type Outcome, runCancellable } from './run.js';

const transactionAttempts = 3;
/** Of a rollback, or locks that are given back; then the connection is given up. */
const endWithinMs = 2000;
const begin = CompiledQuery.raw('start transaction');
const commit = CompiledQuery.raw('commit');

/** A transaction on a connection. */
interface Running {
  transaction: Transaction;
  /** Commits unless the last statement has done so. */
  end(): Promise<void>;
  /** Gives locks back, and rolls back what is not committed. @returns whether the connection is as it was */
  leave(failed: boolean): Promise<boolean>;
}

/** MySQL through a pool of bounded size. The server need not be up yet. */
export async function createDatabase({
  config,
  log,
  metrics,
}: {
  config: Config;
  log: Log;
  metrics: Metrics;
}): Promise<Database> {
  const pool = createPool(config, metrics, log);
  const breaker = createBreaker('database', metrics, isDependencyFailure);
  const limits = { databaseUrl: config.DATABASE_URL, statementMs: config.DB_STATEMENT_TIMEOUT_MS };

  async function guarded<Result>(context: CallContext, work: () => Promise<Result>): Promise<Result> {
    try {
      return await breaker.execute(work);
    } catch (error) {
      throw (
        context.cancelled ??
        (error instanceof BrokenCircuitError ? dependencyUnavailable('database', error) : error)
      );
    }
  }

  async function readRows<Row>(query: CompiledQuery<Row>, context: CallContext): Promise<Row[]> {
    const { connection, release } = await pool.acquire(context);
    let broken = false;
    try {
      return (await runCancellable(connection, query, context, limits)).rows as Row[];
    } catch (error) {
      const known = finalError(await toDatabaseError(error, context));
      broken = isDependencyFailure(known as Error);
      throw known;
    } finally {
      release(broken);
    }
  }

  function read<Row>(given: Query<Row>, context: CallContext): Promise<Row[]> {
    const query = compiled(given);
    const work = () => guarded(context, () => readRows(query, context));
    if (!context.span.isRecording()) return work();
    const summary = summaryOf(query);
    return inSpan(context.span, summary, { 'db.system.name': 'mysql', 'db.query.summary': summary }, work);
  }

  async function attempt<Result>(context: CallContext, work: (transaction: Transaction) => Promise<Result>) {
    const { connection, release } = await pool.acquire(context);
    const running = transactionOn(
      connection,
      (query) => runCancellable(connection, query, context, limits),
      context,
    );
    let broken = true;
    context.inTransaction = true;
    try {
      const result = await work(running.transaction);
      await running.end();
      broken = !(await running.leave(false));
      return result;
    } catch (error) {
      const known = await toDatabaseError(error, context);
      broken = isDependencyFailure(known as Error) || !(await running.leave(true));
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
    const attributes = { 'db.system.name': 'mysql', 'db.operation.name': 'TRANSACTION' };
    return inSpan(context.span, 'transaction', attributes, async () => {
      for (let tried = 1; ; tried += 1) {
        try {
          return await guarded(context, () => attempt(context, work));
        } catch (error) {
          if (tried === transactionAttempts || context.cancelled || !isRetryable(error))
            throw finalError(error);
          // Statements that collided must not collide again.
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** tried));
        }
      }
    });
  }

  return {
    hasReplica: false,
    read,
    transaction,
    ping: (timeoutMs) => pool.ping(timeoutMs),
    close: () => pool.close(),
  };
}

function transactionOn(
  connection: PoolConnection,
  run: (query: CompiledQuery) => Promise<Outcome>,
  context: CallContext,
): Running {
  let state: 'new' | 'begun' | 'finished' = 'new';
  let locked = false;

  /** @throws ConstraintError, as the port promises; a key is looked up on the same connection */
  async function send(query: CompiledQuery): Promise<Outcome> {
    if (state === 'finished') throw new Error('a statement comes after the last one of its transaction');
    if (state === 'new') {
      state = 'begun';
      await run(begin);
    }
    try {
      return await run(query);
    } catch (error) {
      throw await toDatabaseError(error, context, async (table, key) => {
        const { rows } = await run(columnsOfKey(table, key));
        // Of a key on an expression, the column in it.
        return (rows as { name: string }[]).map(({ name }) => /`(\w+)`/.exec(name)?.[1] ?? name);
      });
    }
  }

  async function query<Row>(given: Query<Row>): Promise<Row[]> {
    const statement = compiledFor(given);
    if (!('write' in statement)) return (await send(statement)).rows as Row[];
    const { write, rows, before } = statement;
    if (before) {
      const found = await send(rows);
      if (found.rows.length > 0) await send(write);
      return found.rows as Row[];
    }
    const { affected } = await send(write);
    return affected === 0 ? [] : ((await send(rows)).rows as Row[]);
  }

  async function tryLock(name: string): Promise<boolean> {
    const { rows } = await send(lock(name));
    const [row] = rows as { locked: number | null }[];
    if (row?.locked !== 1) return false;
    locked = true;
    return true;
  }

  const transaction: Transaction = {
    query,
    async finish<Row>(given: Query<Row>) {
      const rows = await query(given);
      await send(commit);
      state = 'finished';
      return rows;
    },
    tryLock,
    queryLocked: async (name, given) => ((await tryLock(name)) ? query(given) : undefined),
  };
  return {
    transaction,
    async end() {
      if (state !== 'begun') return;
      await run(commit);
      state = 'finished';
    },
    async leave(failed) {
      const statements = [
        ...(failed && state === 'begun' ? ['rollback'] : []),
        ...(locked ? ['do release_all_locks()'] : []),
      ];
      for (const statement of statements) if (!(await isDone(connection, statement))) return false;
      return true;
    },
  };
}

/** A statement of Kysely is compiled with what it returns, which MySQL cannot say in one. */
function compiledFor(given: Query<unknown>) {
  const node =
    'toOperationNode' in given
      ? (given as { toOperationNode(): CompiledQuery['query'] }).toOperationNode()
      : undefined;
  return returningOf(node) ?? compiled(given);
}

/** Names of locks belong to the whole server, and have at most 64 characters. */
function lock(name: string): CompiledQuery {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 40);
  return sql`select get_lock(concat(left(sha2(database(), 256), 20), ${hash}), 0) as locked`.compile(db);
}

/** Also when the request is over: what it holds must not stay. */
function isDone(connection: PoolConnection, statement: string): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), endWithinMs);
    connection.query(statement, (error) => {
      clearTimeout(timer);
      resolve(!error);
    });
  });
}
