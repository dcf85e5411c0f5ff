import type { CallContext } from '../context.js';
import type { SharedBucket } from '../limits/bucket.js';

/** What is cached of a resource: the version and the JSON text as it is sent. */
export interface Entry {
  version: number;
  body: string;
  /** When it was read from the database, in milliseconds since the epoch. */
  storedAt: number;
  /** Whose it is, where nobody else may see it. */
  owner?: string;
}

/** The version of an item that was removed: newer than all others. */
export const removedVersion = Number.MAX_SAFE_INTEGER;

/** Hears what other instances do. */
export interface ChangeListener {
  /** The item has this version now, or `removedVersion`; older ones are void. */
  changed(key: string, version: number): void;
  /** Messages may have been missed: nothing that was known before can be relied on. */
  lost(): void;
}

/** The second level of the cache: shared by all instances, or nothing at all. Its methods never throw. */
export interface SharedStore {
  /** The entry; undefined when it is not there or the store does not answer in time. */
  get(key: string, context: CallContext): Promise<Entry | undefined>;
  /** Keeps the entry for `ttlSeconds` unless a newer version is there already. */
  set(key: string, entry: Entry, ttlSeconds: number): Promise<void>;
  /** Keeps the new version and invalidates older ones on the other instances. */
  replace(key: string, entry: Entry, ttlSeconds: number): Promise<void>;
  /** Removes the item here and on the other instances, and keeps late readers from putting an old version back. */
  remove(key: string, ttlSeconds: number): Promise<void>;
  /** Notifies one listener of changes made by other instances. */
  subscribe(listener: ChangeListener): void;
  /** Whether changes made elsewhere are heard of at the moment. */
  readonly connected: boolean;
}

/** How long a mark lasts unless something else is said. */
export const markedMs = 5000;

/** Names that instances tell each other for some time. Its methods never throw. */
export interface SharedMarks {
  /** Leaves it for `forMs`, or not when the store does not answer in time. */
  leave(name: string, forMs?: number): Promise<void>;
  /** Whether it is there; undefined when the store cannot tell. */
  has(name: string): Promise<boolean | undefined>;
  /** False when it is not there; true when it is, and when the store cannot tell. */
  mayHave(name: string): Promise<boolean>;
}

/** What instances share besides the database. */
export interface Stores {
  store: SharedStore;
  /** Undefined where every instance counts for itself. */
  bucket: SharedBucket | undefined;
  /** Undefined where there is no other instance. */
  marks: SharedMarks | undefined;
  /** Rejects when the store does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
  /** What an operator should know at the start. */
  note?: string;
}
