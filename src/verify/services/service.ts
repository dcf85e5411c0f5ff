import type { CommandCounter } from '../proxies/faults.js';

/** A key in the shared cache. */
export interface StoredKey {
  name: string;
  /** Until it expires, in milliseconds; undefined when it never does. */
  ttlMs: number | undefined;
}

type Row = Record<string, unknown>;

/** What is asked of a database straight, past the proxy. Tables and columns are given as SQL has them: `"orders"`. */
export interface Sql {
  /** A statement of standard SQL with `$1` for the first value; a time is a Date. @returns rows as objects */
  query(text: string, values?: unknown[]): Promise<Row[]>;
  /** Keeps all others from reading and writing a table. @returns how to let them */
  lock(table: string): Promise<() => Promise<void>>;
  /** Statements that the server works on now, or that wait there for a lock. */
  running(): Promise<number>;
  /** Transactions and locks by name that other sessions have open. */
  leftOpen(): Promise<Row[]>;
  /**
   * Puts copies of a row into its table, each with a new id and one millisecond newer than the one before.
   * @returns how to remove them
   */
  copies(row: { table: string; id: string; count: number }): Promise<() => Promise<void>>;
  /** Gives a column of the row with that id in its key another value. @throws Error of the database that refuses it */
  setValue(
    place: { table: string; key: string; id: string; column: string },
    value: string | null,
  ): Promise<void>;
  /** The texts in all columns of all tables that match a pattern of LIKE, at most 100 of each column. */
  textsLike(pattern: string): Promise<string[]>;
  /** Names of indexes, constraints and columns. */
  innerNames(): Promise<string[]>;
  /** The tables in which all rows have a value in a column, by its plain name, and whether an index begins with it. */
  tablesWith(column: string): Promise<{ table: string; indexed: boolean }[]>;
  /** Gives new sessions another time zone and style of dates, or what they had before, and ends the others. */
  shiftSessions(shifted: boolean): Promise<void>;
  /** A column of a table whose type can be changed and changed back without a change of its values; undefined if there is none. */
  changeableColumn(table: string): Promise<ChangeableColumn | undefined>;
}

export interface ChangeableColumn {
  column: string;
  type: string;
  other: string;
  change(type: string): Promise<void>;
}

/** A separate space on a database or cache server: a database, a numbered keyspace. */
export interface Service {
  /** Where the server itself listens. */
  readonly host: string;
  readonly port: number;
  /** The URL for an instance, with the address of a proxy instead of the server's. */
  urlBehind(proxyPort: number): string;
  /** One for each connection. */
  counter(): CommandCounter;
  /** What is asked of it in SQL; undefined where that is not spoken. */
  readonly sql?: Sql;
  /** The keys in it, past the proxy. Undefined for a database. */
  keys?(): Promise<StoredKey[]>;
  /** Loses all data in it, past the proxy, and keeps the space. Undefined for a database. */
  empty?(): Promise<void>;
  /** Drops the space with its data. */
  close(): Promise<void>;
}

/** A running server. */
export interface Server {
  /** @param name letters, digits and `_`; several spaces can be open at once */
  open(name: string): Promise<Service>;
  /** Stops and continues the whole process (SIGSTOP, SIGCONT). Undefined for a server that was not started here. */
  freeze?(): void;
  thaw?(): void;
  /**
   * A failover: another server with the same data becomes the primary, and this one its replica, which keeps its open
   * connections and refuses writes. Undefined for a server that was not started here.
   */
  demote?(): Promise<Successor>;
  /** Stops the server if it was started here. */
  close(): Promise<void>;
}

/** The server that has become the primary. */
export interface Successor {
  host: string;
  port: number;
  /** Makes the first server the primary again, with the data of this one, and ends this one. */
  undo(): Promise<void>;
}

/** Ways to have a server, by the protocol of its URL. */
export interface Provider {
  /** Without colon; the first is used in URLs that it makes. */
  protocols: readonly string[];
  /** Name of the environment variable with the URL of a server to use instead of starting one. */
  variable: string;
  /**
   * The server of the variable, or one that is started.
   * @param programs folders in which its programs may be, besides PATH and the usual places
   * @param scratch an existing folder that it may write to; the caller removes it at the end
   * @throws UserError that says what to install or to set
   */
  start(options: { programs: string[]; scratch: string }): Promise<Server>;
}
