import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import { dependencyUnavailable } from '../problem.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { inSpan } from '../telemetry/trace.js';
import { compiled, type Database, summaryOf, type Transaction } from './database.js';
import { isForeignKeyError, toDatabaseError } from './errors.js';
import { openFile } from './file.js';
import { brokenReference } from './references.js';
import { createRunner } from './run.js';
import { createTurns } from './turns.js';

/** SQLite in one file. A statement runs to its end on the event loop, so there is nothing that could be cancelled. */
export async function createDatabase({
  config,
}: {
  config: Config;
  log: Log;
  metrics: Metrics;
}): Promise<Database> {
  const writer = openFile(config.DATABASE_URL);
  // A second connection sees committed rows only, also while the writer is in a transaction.
  const reader = openFile(config.DATABASE_URL);
  const read = createRunner(reader);
  const write = createRunner(writer);
  const turns = createTurns(config.DB_ACQUIRE_TIMEOUT_MS);
  const locks = new Set<string>();

  async function attempt<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const held: string[] = [];
    let finished = false;
    const run: Transaction['query'] = async (query) => {
      if (finished) throw new Error('a statement comes after the last one of its transaction');
      const statement = compiled(query);
      try {
        return write(statement);
      } catch (error) {
        throw isForeignKeyError(error) ? brokenReference(writer, write, statement, error) : error;
      }
    };
    const tryLock = async (name: string) => {
      if (locks.has(name)) return false;
      locks.add(name);
      held.push(name);
      return true;
    };
    const transaction: Transaction = {
      query: run,
      async finish(query) {
        const rows = await run(query);
        finished = true;
        return rows;
      },
      tryLock,
      queryLocked: async (name, query) => ((await tryLock(name)) ? run(query) : undefined),
    };
    writer.exec('begin immediate');
    try {
      const result = await work(transaction);
      writer.exec('commit');
      return result;
    } catch (error) {
      if (writer.inTransaction) writer.exec('rollback');
      throw error;
    } finally {
      for (const name of held) locks.delete(name);
    }
  }

  return {
    hasReplica: false,
    read(given, context) {
      const query = compiled(given);
      const summary = context.span.isRecording() ? summaryOf(query) : '';
      const attributes = { 'db.system.name': 'sqlite', 'db.query.summary': summary };
      return inSpan(context.span, summary, attributes, async () => {
        stopIfCancelled(context);
        try {
          return read(query);
        } catch (error) {
          throw toDatabaseError(error);
        }
      });
    },
    transaction(context, work) {
      const attributes = { 'db.system.name': 'sqlite', 'db.operation.name': 'TRANSACTION' };
      return inSpan(context.span, 'transaction', attributes, async () => {
        const done = await turns.next(context);
        context.inTransaction = true;
        try {
          return await attempt(work);
        } catch (error) {
          throw toDatabaseError(error);
        } finally {
          context.inTransaction = false;
          done();
        }
      });
    },
    async ping() {
      try {
        reader.prepare('select 1').get();
      } catch (error) {
        throw dependencyUnavailable('database', error);
      }
    },
    async close() {
      reader.close();
      writer.close();
    },
  };
}

function stopIfCancelled(context: CallContext): void {
  if (context.cancelled) throw context.cancelled;
}
