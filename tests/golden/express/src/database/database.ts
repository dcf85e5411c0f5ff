import type { CallContext } from '../context.js';

/** SQL with `$1` … `$n` placeholders. `name` is unique for its text: drivers prepare it once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Transaction {
  /** Runs a statement and returns its rows. Times are ISO 8601 text, decimals are text, booleans are booleans. */
  query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
  /** Takes the lock of that name until the transaction ends; false at once if somebody else holds it. */
  tryLock(name: string): Promise<boolean>;
}

export interface Database {
  /** Whether reads may come from a copy that lags behind the primary. */
  readonly hasReplica: boolean;
  /**
   * Runs one reading statement, on the replica where there is one.
   * @param fresh read from the primary: the answer must show what was just written
   * @throws Problem `dependency-unavailable` (down, or no connection in DB_ACQUIRE_TIMEOUT_MS), `deadline-exceeded`
   */
  read<Row>(
    statement: Statement,
    values: readonly unknown[],
    context: CallContext,
    fresh?: boolean,
  ): Promise<Row[]>;
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

/** A write that breaks a unique or foreign key. */
export class ConstraintError extends Error {
  override readonly name = 'ConstraintError';

  constructor(
    /** `unique`: the value is taken; `missing`: what is referred to does not exist; `referenced`: others refer to it. */
    readonly kind: 'unique' | 'missing' | 'referenced',
    /** Columns or constraint, as the database tells. */
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${kind} constraint violated: ${detail}`, options);
  }
}
