import { LRUCache } from 'lru-cache';
import type { CallContext } from '../context.js';

const rememberedMs = 5000;

/** Who has just written: their reads go to the primary, so that a replica that lags does not hide it from them. */
export class RecentWrites {
  readonly #principals = new LRUCache<string, true>({ max: 10_000, ttl: rememberedMs });

  add({ principal }: CallContext): void {
    this.#principals.set(principal.id, true);
  }

  has({ principal }: CallContext): boolean {
    return this.#principals.has(principal.id);
  }
}
