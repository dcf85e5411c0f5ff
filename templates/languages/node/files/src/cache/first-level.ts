import { LRUCache } from 'lru-cache';
import type { Entry } from './store.js';

/** Without news from other instances an entry is believed this long at most. */
const unconnectedMs = 1000;
/** Longer than any read takes that may still bring in an old version. */
const changesRememberedMs = 60_000;
const changesRemembered = 10_000;

export interface Slot {
  readonly entry: Entry;
  /** When it came in, by `performance.now()`. */
  readonly keptAt: number;
}

/** The entries in the memory of this process, and the versions that changes made void. */
export class FirstLevel {
  /** Goes up when everything was forgotten; a read that began before may not bring its result in. */
  era = 0;
  readonly #slots: LRUCache<string, Slot>;
  readonly #changes = new LRUCache<string, number>({ max: changesRemembered, ttl: changesRememberedMs });

  /** @param source whether changes made elsewhere are heard of at the moment */
  constructor(
    entries: number,
    private readonly freshMs: number,
    private readonly source: { readonly connected: boolean },
  ) {
    this.#slots = new LRUCache({ max: entries });
  }

  /** Milliseconds that the slot may still be answered from without asking further; negative when it is too old. */
  freshFor(slot: Slot): number {
    const limit = this.source.connected ? this.freshMs : Math.min(this.freshMs, unconnectedMs);
    return limit - (performance.now() - slot.keptAt);
  }

  /** The entry, fresh or not. */
  get(key: string): Slot | undefined {
    return this.#slots.get(key);
  }

  /**
   * Keeps the entry unless it is known to be void.
   * @param era as it was when the entry began to be read
   */
  keep(key: string, entry: Entry, era: number): void {
    if (this.freshMs === 0 || era !== this.era || this.isVoid(key, entry.version)) return;
    const slot = this.#slots.peek(key);
    if (slot && slot.entry.version > entry.version) return;
    this.#slots.set(key, { entry, keptAt: performance.now() });
  }

  /** Whether a newer version is known. */
  isVoid(key: string, version: number): boolean {
    return version < (this.#changes.get(key) ?? 0);
  }

  /** Versions before this one are void. */
  change(key: string, version: number): void {
    this.#changes.set(key, Math.max(version, this.#changes.get(key) ?? 0));
    const slot = this.#slots.peek(key);
    if (slot && slot.entry.version < version) this.#slots.delete(key);
  }

  /** Forgets every entry, but not its version: callers who have seen it must not get an older one from elsewhere. */
  clear(): void {
    this.era += 1;
    this.#slots.rforEach(({ entry }, key) => this.change(key, entry.version));
    this.#slots.clear();
  }
}
