import type { Mutant } from './change.js';
import type { Made } from './workshop.js';

/** A mutant that has passed the quick rows, and its project. */
export interface Survivor {
  mutant: Mutant;
  made: Made;
}

/** Mutants that wait for the long run, which several of them share. */
export class Waiting {
  #survivors: Survivor[] = [];

  /** @param size of a full group */
  constructor(private readonly size: number) {}

  add(survivor: Survivor): void {
    this.#survivors.push(survivor);
  }

  /**
   * Takes a group of mutants in different files.
   * @param isLast whether no more of them come: a group need not be full then
   * @returns undefined where there is none
   */
  take(isLast: boolean): Survivor[] | undefined {
    const group = new Map<string, Survivor>();
    for (const survivor of this.#survivors) {
      const { file } = survivor.mutant;
      if (group.size < this.size && !group.has(file)) group.set(file, survivor);
    }
    if (group.size === 0 || (group.size < this.size && !isLast)) return undefined;
    const taken = [...group.values()];
    this.#survivors = this.#survivors.filter((survivor) => !taken.includes(survivor));
    return taken;
  }
}
