import type { Row } from './checks/row.js';

/** Rows that take long and are left: fewer are over before more instances have started. */
const worthInstances = 8;

/** The settings of a row's instances, as one text. */
export function keyOf({ settings = {} }: Pick<Row, 'settings'>): string {
  return JSON.stringify(settings);
}

/** Waiting rows, by the settings of their instances. */
export class Schedule {
  readonly #groups = new Map<string, Row[]>();
  readonly #begun = new Set<string>();
  readonly #kept: Set<string>;

  /**
   * @param rows that run now
   * @param later rows whose instances are kept
   */
  constructor(rows: readonly Row[], later: readonly Row[]) {
    this.#kept = new Set(later.map(keyOf));
    for (const row of rows) this.#groups.set(keyOf(row), [...(this.#groups.get(keyOf(row)) ?? []), row]);
  }

  /**
   * @param key of the instances that are there, undefined for none
   * @returns the next row for them, else one for which it is worth starting others; undefined for none
   */
  next(key: string | undefined): Row | undefined {
    if (key !== undefined && this.#groups.get(key)?.length) return this.#take(key);
    // Those whose instances are kept come last, so that a station stays with them.
    const rank = (other: string) => Number(this.#kept.has(other));
    const largest = [...this.#groups].sort(
      ([one, a], [other, b]) => rank(one) - rank(other) || b.length - a.length,
    );
    const chosen =
      largest.find(([other, rows]) => rows.length > 0 && !this.#begun.has(other)) ??
      (key === undefined || this.#kept.has(key)
        ? undefined
        : largest.find(([, rows]) => rows.filter(({ quick }) => !quick).length >= worthInstances));
    return chosen && this.#take(chosen[0]);
  }

  #take(key: string): Row | undefined {
    this.#begun.add(key);
    return this.#groups.get(key)!.shift();
  }
}
