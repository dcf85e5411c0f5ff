/** What is cached of a resource: the version and the JSON text as it is sent. */
export interface Entry {
  version: number;
  body: string;
  /** When it was read from the database, in milliseconds since the epoch. */
  storedAt: number;
}

/** The second level of the cache: shared by all instances, or nothing at all. Its methods never throw. */
export interface SharedStore {
  /** The entry; undefined when it is not there or the store does not answer in time. */
  get(key: string): Promise<Entry | undefined>;
  /** Keeps the entry for `ttlSeconds` unless a newer version is there already. */
  set(key: string, entry: Entry, ttlSeconds: number): Promise<void>;
  /** Forgets the item, keeps late readers from putting an old version back, and tells the other instances. */
  remove(key: string): Promise<void>;
  /** Keeps the new version and tells the other instances that older ones are void. */
  replace(key: string, entry: Entry, ttlSeconds: number): Promise<void>;
  /** Hears which keys other instances replaced or removed; `lost` is called when messages may have been missed. */
  subscribe(listener: { changed(key: string): void; lost(): void }): void;
  /** Whether changes made elsewhere are heard of at the moment. */
  readonly connected: boolean;
}
