import type { CompiledQuery } from 'kysely';
import type { CallContext } from '../context.js';
import { dependencyUnavailable, Problem } from '../problem.js';
import { ConstraintError } from './database.js';

/** Numbers of errors (MySQL 8.4 Error Message Reference). */
const duplicateEntry = 1062;
const isReferenced = 1451;
const isMissing = 1452;
/** A collision between transactions, or a lock that did not come free: the whole transaction may be tried again. */
const lockWaitTimeout = 1205;
const retryable = new Set([lockWaitTimeout, 1213]);
/** The statement's time is over, or it was ended. */
const late = new Set([lockWaitTimeout, 3024, 1317]);
/** A server that is full, stopping, read-only or a replica, or that has ended the connection. */
const unavailable = new Set([1040, 1053, 1203, 1226, 1290, 1836, 1927, 4031]);

interface ServerError extends Error {
  errno?: number;
  code?: string;
  fatal?: boolean;
}

/** Finds the columns of a key of a table. */
export type FindColumns = (table: string, key: string) => Promise<string[]>;

export const columnsOfKey: (table: string, key: string) => CompiledQuery = (table, key) =>
  ({
    sql: `select coalesce(column_name, expression) as name from information_schema.statistics
      where table_schema = database() and table_name = ? and index_name = ? order by seq_in_index`,
    parameters: [table, key],
  }) as unknown as CompiledQuery;

/** Turns an error of the driver into what the port promises; anything else stays as it is. */
export async function toDatabaseError(
  error: unknown,
  context: CallContext,
  findColumns?: FindColumns,
): Promise<unknown> {
  if (error instanceof Problem || error instanceof ConstraintError) return error;
  if (context.cancelled) return context.cancelled;
  const { errno = 0, code = '', message, fatal } = error as ServerError;
  if (errno === duplicateEntry) {
    // `Duplicate entry 'a' for key 'table.key'`: the entry can have any text.
    const [, table = '', key = ''] = /for key '([^'.]+)\.([^']+)'$/.exec(message) ?? [];
    const columns = (await findColumns?.(table, key)) ?? [];
    return new ConstraintError('unique', { table, columns }, { cause: error });
  }
  if (errno === isReferenced || errno === isMissing) {
    const kind = errno === isReferenced ? 'referenced' : 'missing';
    return new ConstraintError(kind, foreignKeyIn(message), { cause: error });
  }
  if (retryable.has(errno)) return error;
  if (late.has(errno)) return deadlineExceeded(error);
  if (unavailable.has(errno) || isSocketError(errno, code, fatal))
    return dependencyUnavailable('database', error);
  return error;
}

/** The error of a transaction that is not tried again. */
export function finalError(error: unknown): unknown {
  return (error as ServerError).errno === lockWaitTimeout ? deadlineExceeded(error) : error;
}

function deadlineExceeded(cause: unknown): Problem {
  return new Problem('deadline-exceeded', { headers: { 'retry-after': '1' }, cause });
}

/** `… ("schema"."table", CONSTRAINT "name" FOREIGN KEY ("a") REFERENCES …)`, quoted as the session quotes. */
function foreignKeyIn(message: string): { table: string; columns: string[] } {
  const [, table = '', columns = ''] =
    /\(["`][^"`]+["`]\.["`]([^"`]+)["`], CONSTRAINT ["`][^"`]+["`] FOREIGN KEY \(([^)]*)\)/.exec(message) ??
    [];
  return { table, columns: [...columns.matchAll(/["`]([^"`]+)["`]/g)].map(([, column = '']) => column) };
}

export function isDependencyFailure(error: Error): boolean {
  return error instanceof Problem && error.type === 'dependency-unavailable';
}

export function isRetryable(error: unknown): boolean {
  return retryable.has((error as ServerError).errno ?? 0);
}

/** Errors of the server have numbers from 1000; those of the socket have those of the system, which are negative. */
function isSocketError(errno: number, code: string, fatal = false): boolean {
  return errno < 1000 && (fatal || /^E[A-Z]+$|^PROTOCOL_/.test(code) || /closed state/.test(code));
}
