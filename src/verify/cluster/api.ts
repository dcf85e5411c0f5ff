import type { Deviation } from '../contract/conformance.js';
import type { Contract, Resource } from '../contract/contract.js';
import type { Telemetry } from '../described/telemetry.js';
import type { ApiKey } from '../http/api-keys.js';
import type { Connection } from '../http/connection.js';
import type { Exchange, Request, Response, Role } from '../http/exchange.js';
import type { Handshake, handshake } from '../http/handshake.js';
import type { FaultProxy } from '../proxies/faults.js';
import type { Sql, StoredKey } from '../services/service.js';

export type { Connection, StoredKey };

/** What a row works with. */
export interface Api {
  contract: Contract;
  /** The first collection that can be written. Only for rows that need `resource`. */
  resource: Resource;
  /** Base URLs of the single instances that verify has started, else the one of the API. */
  origins: readonly string[];
  /**
   * Sends a request and keeps it as evidence.
   * @throws Mismatch when no answer comes in time
   * @throws Refused for a method that may not be sent: ask `maySend`, or need `writing`
   */
  send(request: Request): Promise<Response>;
  /** The same, but undefined if the connection ends without a response. */
  trySend(request: Request): Promise<Response | undefined>;
  /**
   * Where the API has what generated projects have at `/livez`, `/readyz` or `/metrics`; other paths stay as they are.
   * `send` does it by itself.
   */
  place(path: string): string;
  /**
   * The request with what the document of an API that was not generated asks of it: required parameters and headers, media
   * types. `send` does it by itself; raw requests and load do not.
   */
  complete(request: Request): Promise<Request>;
  /** Whether a request of that method may be sent: without leave to change data only GET, HEAD and OPTIONS. */
  maySend(method: string): boolean;
  /**
   * Opens a plain TCP connection to the first instance by default, for requests that no HTTP client sends.
   * @param options `reading: false` reads only the beginning of the response until `read` is called
   */
  connect(server?: Server, options?: { reading: boolean }): Promise<Connection>;
  /** Makes an item of the resource, and whatever it refers to. @throws Mismatch when the API refuses */
  create(resource?: Resource, changes?: Record<string, unknown>): Promise<Item>;
  /** Sends a body to a collection; up to three times again, after the `Retry-After` of a 429. */
  post(body: Record<string, unknown>, resource?: Resource): Promise<Response>;
  /** The item that a POST has made. @throws Mismatch when it was refused, or the answer does not say where the item is */
  itemOf(response: Response, resource?: Resource): Item;
  /**
   * Path and query that a URL of an answer leads to, as a request has them: below the base path of the API.
   * @param target absolute or relative
   * @param from path of the request that was answered
   */
  pathOf(target: string, from?: string): string;
  /** A valid body for the resource, different with every call; referenced items are created. */
  body(resource?: Resource): Promise<Record<string, unknown>>;
  /**
   * The Authorization header of a caller; an own `subject` is another principal. Empty without accounts.
   * @param tenant that of all callers without; null for a caller who has none
   */
  authorization(role: Role, subject?: string, tenant?: string | null): Record<string, string>;
  /** Whether callers have tokens that are signed with a key of verify. */
  signsTokens: boolean;
  /** Signs any claims and header as the key of started instances would, else with a key that no API knows. */
  forge(token: {
    claims?: Record<string, unknown>;
    header?: Record<string, unknown>;
    secret?: Buffer | string;
  }): string;
  /** What the row has sent so far, and what came back. */
  readonly exchanges: readonly Exchange[];
  /** What could not be done before any row was asked. */
  failures: Failures;
  /** Cookies that answers to any row so far have set, each once by its name and attributes. */
  cookies: readonly Cookie[];
  /** Begins a TLS connection to the API and ends it. Only for rows that need `https`. */
  handshake(versions?: Parameters<typeof handshake>[1]): Promise<Handshake>;
  /** Where answers to any row so far differed from the OpenAPI document. */
  deviations: readonly Deviation[];
  /** Only for rows that need `started`. */
  fleet: Fleet;
}

/** Why the document could not be read, and why the sign-in failed; undefined for what went well. */
export interface Failures {
  document?: string | undefined;
  signIn?: string | undefined;
}

/** A cookie, as the answer has set it. */
export interface Cookie {
  text: string;
  exchange: Exchange;
}

/** An item that a row has made. */
export interface Item {
  id: string;
  path: string;
  etag: string;
  body: Record<string, unknown>;
}

/** Instances of the API that verify has started, with their balancer and dependencies. */
export interface Fleet {
  /** Base URL of the balancer. */
  url: string;
  /** What rows of the tiers `server` and `edge` ask: the load balancer that verify was given, else the first instance. */
  front: Server & { balancer: boolean };
  instances: Instance[];
  /**
   * Workers of background jobs, with the settings of the instances; the first call starts them. Only for rows that need
   * `jobs`.
   */
  workers(): Promise<Process[]>;
  /** Whether the database is a server, and whether there is a shared cache. */
  hasDatabase: boolean;
  hasStore: boolean;
  /** Where the database is a server. Only for rows that need `database`. */
  database: FaultProxy;
  /** The shared cache. Only for rows that need `store`. */
  store: FaultProxy;
  /** The broker of background jobs. Only for rows that need `jobs`. */
  queue: FaultProxy;
  /** Stops and continues the server itself. Undefined where it was not started here. */
  freeze: { database?: (() => void) | undefined; store?: (() => void) | undefined };
  thaw: { database?: (() => void) | undefined; store?: (() => void) | undefined };
  /**
   * Fails the shared cache over: its primary becomes a replica that keeps its connections, and the address leads to the
   * new primary. Undefined where the server was not started here.
   * @returns how to undo it
   */
  failover: (() => Promise<() => Promise<void>>) | undefined;
  /** The database, past the proxy. Only for rows that need `database`. */
  readonly sql: Sql;
  /** The keys in the shared cache, read past the proxy. Only for rows that need `store`. */
  storedKeys(): Promise<StoredKey[]>;
  /** Loses all that the broker holds, past the proxy. Only for rows that need `jobs`. */
  emptyQueue(): Promise<void>;
  /** The folder of files that jobs make, unless they are in a bucket. Only for rows that need `jobs`. */
  files: string | undefined;
  /** Where the mail of projects that send mail goes to. */
  mailbox: Mailbox | undefined;
  /** Where the tokens of callers come from an issuer. Only for rows that need `issuer`. */
  issuer: Issuer | undefined;
  /** The settings that the instances have, by name. */
  settings: Record<string, string>;
  /** What the project calls its metrics and the members of its log lines, where its verify.yaml says so. */
  telemetry: Telemetry;
  /** Names of the settings that have no default. */
  required: string[];
  /**
   * Runs the start command without a setting and without the rest of the start environment (NODE_ENV).
   * @returns how the process ended and the lines that it printed; undefined when it serves, or runs after that time, and is stopped
   */
  startWithout(setting: string, timeoutMs: number): Promise<Ending | undefined>;
  /** The numbers among the settings that have a least and a greatest value. */
  bounds: SettingBounds[];
  /** As `startWithout`, in production, with these settings over those of the instances. */
  startWith(settings: Record<string, string>, timeoutMs: number): Promise<Ending | undefined>;
  /**
   * Runs the project's command for API keys. Only for rows that need `keys`.
   * @returns the keys that it shows
   * @throws Error with what it printed when it fails
   */
  keyCommand(...args: string[]): Promise<ApiKey[]>;
  /** Spans that instances have sent so far, over OTLP. */
  spans(): Span[];
}

/** Bounds of a number among the settings; both are allowed values. */
export interface SettingBounds {
  name: string;
  min: number;
  max: number;
}

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** 2 is a server, 3 a client. */
  kind: number;
  attributes: Record<string, unknown>;
}

/** Where a mail server refuses a mail: for good, as there is no such `recipient`, or for now, once it has the `text`. */
export type RefusedAt = 'recipient' | 'text';

/** A mail server that keeps what it gets. */
export interface Mailbox {
  /** Texts of the mails to an address, in the order in which they came. */
  to(email: string): string[];
  /** Time until it takes a mail. */
  latencyMs: number;
  /** Ends every connection from now on. */
  fail(): void;
  /** Refuses every mail from now on, with a text that names its recipient. */
  refuse(at: RefusedAt): void;
  /** Takes mail again, at once. */
  restore(): void;
}

/** An issuer of OpenID Connect, whose tokens verify signs. */
export interface Issuer {
  url: string;
  /** The key that signs and is published, as PKCS#8 PEM. */
  readonly key: string;
  /** How often its keys were fetched so far. */
  readonly fetches: number;
  /** Replaces the key: from now on, the new one alone is published. */
  rotate(): void;
  /** Closes connections without a response, or never responds. Ended by the restoration after the row, or by `restore`. */
  fail(fault: 'down' | 'hung'): void;
  restore(): void;
}

/** What a client connects to. */
export interface Server {
  url: string;
}

/** A started instance. */
export interface Instance extends Server, Process {}

/** A started process of the project. */
export interface Process {
  managementUrl: string;
  readonly pid: number;
  /** Lines of its standard output and error so far. */
  lines(): string[];
  signal(name: NodeJS.Signals): void;
  /** Waits for its end. @returns code and signal */
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Starts it again on the same port when it has ended, and waits until it is ready. */
  restart(): Promise<void>;
}

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  lines: string[];
}
