import type { CommandCounter } from '../proxies/faults.js';

/** A key in the shared cache. */
export interface StoredKey {
  name: string;
  /** Until it expires, in milliseconds; undefined when it never does. */
  ttlMs: number | undefined;
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
  /** A statement straight to the server, past the proxy; rows as objects. Undefined where SQL is not spoken. */
  query?(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Begins a transaction with that statement, past the proxy. @returns how to roll it back */
  hold?(text: string): Promise<() => Promise<void>>;
  /** Statements that the server works on now, or that wait there for a lock. */
  running?(): Promise<number>;
  /**
   * Puts copies of a row into its table, which is given as SQL has it, each with a new id and one millisecond newer than the one before.
   * @returns how to remove them
   */
  copies?(row: { table: string; id: string; count: number }): Promise<() => Promise<void>>;
  /** The keys in it, past the proxy. Undefined where SQL is spoken. */
  keys?(): Promise<StoredKey[]>;
  /** Loses all data in it, past the proxy, and keeps the space. Undefined where SQL is spoken. */
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
