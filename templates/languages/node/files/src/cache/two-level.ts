import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import { Problem } from '../problem.js';
import type { Metrics } from '../telemetry/metrics.js';
import { FirstLevel } from './first-level.js';
import { type Entry, removedVersion, type SharedStore } from './store.js';

export interface Reading {
  /** Undefined when there is no such item. */
  entry: Entry | undefined;
  outcome: 'hit' | 'miss' | 'stale';
  /** Who answered: this process, the shared store, or the database. */
  level: 'l1' | 'l2' | 'origin';
  /** Seconds since the entry was read from the database. */
  ageSeconds: number;
  /** Seconds that the level may still answer with it; negative when it is past that. */
  ttlSeconds: number;
}

export type Load = () => Promise<Entry | undefined>;

export interface Cache {
  /** The entry if this process has it and it is fresh: no promise is made, no one is asked. */
  peek(key: string): Reading | undefined;
  /**
   * Reads through both levels to `load`; at once where this process has a fresh entry. However many callers ask for a key at once, one of them asks the shared
   * store and the database; when that one is cancelled, the next caller that still waits asks anew.
   * @returns a stale entry, up to CACHE_STALE_S past its time, when `load` fails because a dependency is down or slow
   * @throws what `load` throws when there is no such entry, and `context.cancelled`
   */
  read(key: string, load: Load, context: CallContext): Reading | Promise<Reading>;
  /** After the commit of a creation: this process answers with it. No other can have an older version. */
  keep(key: string, entry: Entry): void;
  /** After the commit of a change: all instances answer with this version from now on. */
  replace(key: string, entry: Entry): Promise<void>;
  /** After the commit of a removal, or of a write whose outcome is not at hand. */
  remove(key: string): Promise<void>;
  close(): void;
}

interface Flight {
  leader: CallContext;
  /** The copy to fall back to. */
  old: Entry | undefined;
  landing: Promise<Reading>;
}

/** Longer than any read takes that may still bring in a removed item. */
const removalRememberedSeconds = 60;

type Settings = Pick<Config, 'CACHE_L1_ENTRIES' | 'CACHE_L1_TTL_MS' | 'CACHE_L2_TTL_S' | 'CACHE_STALE_S'>;

/** A cache of two levels: this process (least recently used) and the store that instances share. */
export function createCache({
  shared,
  config,
  metrics,
}: {
  shared: SharedStore;
  config: Settings;
  metrics: Pick<Metrics, 'cacheRequests'>;
}): Cache {
  const sharedTtl = config.CACHE_L2_TTL_S;
  const keptSeconds = sharedTtl + config.CACHE_STALE_S;
  const memory = new FirstLevel(config.CACHE_L1_ENTRIES, config.CACHE_L1_TTL_MS, shared);
  const flights = new Map<string, Flight>();
  const requests = metrics.cacheRequests;
  // A rate over a series that begins with its first event would miss that event.
  for (const outcome of ['hit', 'stale'])
    for (const level of ['l1', 'l2']) requests.inc({ level, outcome }, 0);
  requests.inc({ level: 'origin', outcome: 'miss' }, 0);
  const hits = requests.labels('l1', 'hit');

  function changed(key: string, version: number): void {
    memory.change(key, version);
    // Later readers must not join a load that started before the change.
    flights.delete(key);
  }

  function lost(): void {
    memory.clear();
    flights.clear();
  }

  shared.subscribe({ changed, lost });

  function peek(key: string): Reading | undefined {
    const slot = memory.get(key);
    if (!slot) return undefined;
    const freshMs = memory.freshFor(slot);
    if (freshMs <= 0) return undefined;
    hits.inc();
    return {
      entry: slot.entry,
      outcome: 'hit',
      level: 'l1',
      ageSeconds: age(slot.entry),
      ttlSeconds: freshMs / 1000,
    };
  }

  async function fetch(key: string, load: Load, flight: Flight): Promise<Reading> {
    try {
      const { era } = memory;
      const found = await shared.get(key, flight.leader);
      // After an outage the store may still miss a change that this instance has seen.
      const held = found && memory.isVoid(key, found.version) ? undefined : found;
      if (held && age(held) < sharedTtl) {
        memory.keep(key, held, era);
        return sharedReading(held, 'hit');
      }
      flight.old = held;
      const entry = await load();
      if (entry) {
        memory.keep(key, entry, era);
        void shared.set(key, entry, keptSeconds);
      }
      return { entry, outcome: 'miss', level: 'origin', ageSeconds: 0, ttlSeconds: 0 };
    } finally {
      if (flights.get(key) === flight) flights.delete(key);
    }
  }

  function start(key: string, load: Load, leader: CallContext): Flight {
    const flight: Flight = { leader, old: undefined, landing: undefined as never };
    flights.set(key, flight);
    flight.landing = fetch(key, load, flight);
    return flight;
  }

  function sharedReading(entry: Entry, outcome: 'hit' | 'stale'): Reading {
    const ageSeconds = age(entry);
    return { entry, outcome, level: 'l2', ageSeconds, ttlSeconds: sharedTtl - ageSeconds };
  }

  function staleReading(key: string, old: Entry | undefined): Reading | undefined {
    const slot = memory.get(key);
    const useful = (entry: Entry | undefined) => entry !== undefined && age(entry) < keptSeconds;
    if (slot && useful(slot.entry) && (!old || slot.entry.version >= old.version)) {
      const ttlSeconds = Math.min(-1, memory.freshFor(slot) / 1000);
      return { entry: slot.entry, outcome: 'stale', level: 'l1', ageSeconds: age(slot.entry), ttlSeconds };
    }
    return old && useful(old) ? sharedReading(old, 'stale') : undefined;
  }

  async function join(key: string, load: Load, context: CallContext): Promise<Reading> {
    for (;;) {
      const running = flights.get(key);
      const flight = running ?? start(key, load, context);
      try {
        const reading = await (running ? unlessCancelled(flight.landing, context) : flight.landing);
        return counted(reading);
      } catch (error) {
        const leaderGaveUp = flight.leader.cancelled && !context.cancelled;
        if (leaderGaveUp) continue;
        const stale = isOutage(error) ? staleReading(key, flight.old) : undefined;
        if (!stale) throw error;
        return counted(stale);
      }
    }
  }

  function counted(reading: Reading): Reading {
    requests.inc({ level: reading.level, outcome: reading.outcome });
    return reading;
  }

  return {
    peek,
    read: (key, load, context) => peek(key) ?? join(key, load, context),
    keep: (key, entry) => memory.keep(key, entry, memory.era),
    replace(key, entry) {
      changed(key, entry.version);
      memory.keep(key, entry, memory.era);
      return shared.replace(key, entry, keptSeconds);
    },
    remove(key) {
      changed(key, removedVersion);
      return shared.remove(key, removalRememberedSeconds);
    },
    close: lost,
  };
}

/** Clocks of instances differ a little; an entry is never younger than new. */
function age(entry: Entry): number {
  return Math.max(0, (Date.now() - entry.storedAt) / 1000);
}

/** Whether a dependency is down or slow. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof Problem &&
    (error.type === 'dependency-unavailable' || error.type === 'deadline-exceeded')
  );
}

function unlessCancelled<Result>(work: Promise<Result>, context: CallContext): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = context.onCancel(reject);
    work.then(resolve, reject).finally(() => stop());
  });
}
