import type { CompiledQuery } from 'kysely';
import { createConnection, type FieldPacket, type PoolConnection, type ResultSetHeader } from 'mysql2';
import type { CallContext } from '../context.js';
import { dependencyUnavailable, Problem } from '../problem.js';
import { optionsOf } from './options.js';
import { propertyOf } from './queries.js';
import { readerOf, typeCast } from './types.js';

/** How long a cancelled statement may take to end before its connection is given up. */
const cancelGraceMs = 150;

export interface Outcome {
  rows: object[];
  /** Rows that a write has found. */
  affected: number;
}

/** What cancels statements. */
export interface Limits {
  databaseUrl: string;
  /** Longest time of a statement. */
  statementMs: number;
}

type Values = unknown[];

/**
 * Runs a statement, which is ended on the server when the request is over or it takes too long.
 * @throws context.cancelled at the latest 150 ms after the cancellation, even when the server does not answer, and
 * Problem `deadline-exceeded` for a statement that takes too long
 */
export function runCancellable(
  connection: PoolConnection,
  { sql, parameters }: CompiledQuery,
  context: CallContext,
  { databaseUrl, statementMs }: Limits,
): Promise<Outcome> {
  if (context.cancelled) return Promise.reject(context.cancelled);
  return new Promise((resolve, reject) => {
    let reason: Problem | undefined;
    let killing: Promise<void> | undefined;
    let giveUp: NodeJS.Timeout | undefined;
    const end = (why: Problem) => {
      if (reason) return;
      reason = why;
      killing = killQuery(databaseUrl, connection.threadId ?? 0);
      giveUp = setTimeout(() => {
        // What the driver has but does not declare: it reports a lost connection then.
        (connection as unknown as { stream: { destroy(): void } }).stream.destroy();
        reject(dependencyUnavailable('database', why));
      }, cancelGraceMs);
    };
    const stop = context.onCancel(end);
    const timer = setTimeout(
      () => end(new Problem('deadline-exceeded', { headers: { 'retry-after': '1' } })),
      statementMs,
    );
    const options = { sql, values: [...parameters], typeCast, rowsAsArray: true };
    connection.query(options, async (error, result, fields) => {
      stop();
      clearTimeout(timer);
      // The end of the next statement on this connection is not wanted.
      await killing;
      clearTimeout(giveUp);
      if (reason) reject(reason);
      else if (error) reject(error);
      else resolve(outcomeOf(result as Values[] | ResultSetHeader, fields));
    });
  });
}

function outcomeOf(result: Values[] | ResultSetHeader, fields: FieldPacket[] | undefined): Outcome {
  if (!Array.isArray(result)) return { rows: [], affected: result.affectedRows };
  const columns = (fields ?? []).map((field) => ({ name: propertyOf(field.name), read: readerOf(field) }));
  const empty = Object.fromEntries(columns.map(({ name }) => [name, null]));
  const rows = result.map((values) => {
    // A copy of the same object each time: V8 then has one shape for all rows.
    const row: Record<string, unknown> = { ...empty };
    for (const [index, { name, read }] of columns.entries()) {
      const value = values[index];
      row[name] = read && value !== null ? read(value) : value;
    }
    return row;
  });
  return { rows, affected: rows.length };
}

/** `kill query` on a connection of its own. Resolves when it is answered, or cannot be. */
function killQuery(databaseUrl: string, thread: number): Promise<void> {
  return new Promise((resolve) => {
    const connection = createConnection({ ...optionsOf(databaseUrl), connectTimeout: cancelGraceMs });
    const done = () => {
      connection.destroy();
      resolve();
    };
    connection.on('error', done);
    connection.query(`kill query ${thread}`, done);
  });
}
