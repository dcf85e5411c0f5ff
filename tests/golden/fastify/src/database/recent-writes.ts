import { LRUCache } from 'lru-cache';
import { markedMs, type SharedMarks } from '../cache/store.js';
import type { CallContext } from '../context.js';

/** Who has just written: their reads go to the primary, so that a replica that lags does not hide it from them. */
export class RecentWrites {
  readonly #principals = new LRUCache<string, true>({ max: 10_000, ttl: markedMs });

  /** @param shared notifies the other instances, if there are any and a replica */
  constructor(private readonly shared: SharedMarks | undefined) {}

  /** Remembers the caller for five seconds, on all instances. */
  async add({ principal }: CallContext): Promise<void> {
    this.#principals.set(principal.id, true);
    await this.shared?.leave(principal.id);
  }

  /** Whether the caller has just written, or may have. */
  has({ principal }: CallContext): boolean | Promise<boolean> {
    if (this.#principals.has(principal.id)) return true;
    return this.shared?.mayHave(principal.id) ?? false;
  }
}
