import type { Compilable, CompiledQuery } from 'kysely';
import type { CallContext } from '../context.js';

/** A statement of the query builder (`queries.ts`), or raw SQL. Times are ISO 8601 text, decimals text, booleans boolean. */
export type Query<Row> = Compilable<Row> | CompiledQuery<Row>;

export interface Transaction {
  /** Runs a statement and returns its rows. */
  query<Row>(query: Query<Row>): Promise<Row[]>;
  /**
   * Runs the last statement: the transaction is committed in the same round trip.
   * @throws Error when a statement comes after it
   */
  finish<Row>(query: Query<Row>): Promise<Row[]>;
  /** Takes the lock of that name until the transaction ends; false at once if somebody else holds it. */
  tryLock(name: string): Promise<boolean>;
  /** As `tryLock`, then runs a statement, in one round trip. @returns undefined when somebody else holds the lock */
  queryLocked<Row>(name: string, query: Query<Row>): Promise<Row[] | undefined>;
}

export interface Database {
  /** Whether reads may come from a copy that lags behind the primary. */
  readonly hasReplica: boolean;
  /**
   * Runs one reading statement, on the replica where there is one.
   * @param fresh read from the primary: the answer must show what was just written
   * @throws Problem `dependency-unavailable` (down, or no connection in DB_ACQUIRE_TIMEOUT_MS), `deadline-exceeded`
   */
  read<Row>(query: Query<Row>, context: CallContext, fresh?: boolean): Promise<Row[]>;
  /**
   * Runs `work` in one transaction on the primary: committed when it returns, rolled back when it throws.
   * @throws what `work` throws, ConstraintError, and as `read`
   */
  transaction<Result>(
    context: CallContext,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result>;
  /** Resolves when the primary answers within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The text of a statement and its values. */
export function compiled<Row>(query: Query<Row>): CompiledQuery<Row> {
  return 'compile' in query ? query.compile() : query;
}

/** Name of a statement in traces: its operation and table (OpenTelemetry, `db.query.summary`). */
export function summaryOf({ sql }: CompiledQuery): string {
  const [, operation = 'query', table = ''] =
    /^\s*(\w+)(?:.*?\b(?:from|into|update) +["`]?(\w+))?/is.exec(sql) ?? [];
  return `${operation} ${table}`.trim();
}

/** A write that breaks a unique or foreign key. */
export class ConstraintError extends Error {
  override readonly name = 'ConstraintError';

  constructor(
    /** `unique`: the value is taken; `missing`: what is referred to does not exist; `referenced`: others refer to it. */
    readonly kind: 'unique' | 'missing' | 'referenced',
    /** The key: its table, which for `referenced` is that of the others, and its columns, if the database reports them. */
    readonly key: { table: string; columns: readonly string[] },
    options?: ErrorOptions,
  ) {
    super(`${kind} constraint violated: ${key.table} (${key.columns.join(', ')})`, options);
  }
}
