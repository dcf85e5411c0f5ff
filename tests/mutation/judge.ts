import { rows } from '../../src/verify/checks/index.js';
import type { Ask } from './ask.js';

/** What became of a mutant that is a valid program. */
export type Verdict =
  /** A row fails, twice, and passes without the mistake. */
  | { outcome: 'found'; row: string; got: string }
  /** No instance starts, or starts again with other settings. */
  | { outcome: 'start'; got: string }
  | { outcome: 'escaped'; isRun?: false }
  /** A row fails without the mistake as well, or a run does not end. */
  | { outcome: 'unclear'; got: string };

const attempts = 10;
/** Rows that look at everything that was asked before them, or need a server of their own, belong to both rounds. */
const quick = rows
  .filter((row) => row.quick && !row.last && !row.needs.includes('failover'))
  .map(({ id }) => id);
/** They judge the rows before them, so they cannot be asked alone. */
const lookBack = new Set(rows.filter(({ last }) => last).map(({ id }) => id));

/** Asks `verify` of mutants. */
export class Judge {
  /** Quick rows that have passed on the project without a mistake in this run; the others depend on the load of the moment. */
  readonly #trusted = new Set<string>();

  /**
   * @param whole the built project without a mistake
   * @param ask with servers that each run starts
   * @param askQuickly with servers that are there
   */
  constructor(
    private readonly whole: string,
    private readonly ask: Ask,
    private readonly askQuickly: Ask = ask,
  ) {}

  /** Asks the quick rows. @returns undefined when all of them pass */
  quickly(folder: string): Promise<Verdict | undefined> {
    return this.#round(folder, ['--quick'], [], this.askQuickly);
  }

  /**
   * Asks the other rows of projects that pass the quick ones. A project with all mistakes of a group takes the long run;
   * each project of the group is asked only the rows that fail there, so a mistake that another one hides counts as
   * escaped.
   * @param group folders of projects with one mistake each
   * @param withAll makes a project with all mistakes of some of them, and returns its folder
   */
  async rest(
    group: readonly string[],
    withAll: (group: readonly string[]) => Promise<string>,
  ): Promise<Verdict[]> {
    const [first, ...others] = group;
    if (first === undefined) return [];
    if (others.length === 0) return [(await this.#round(first, [], quick)) ?? { outcome: 'escaped' }];
    const answer = await this.ask(await withAll(group), ['--skip', quick.join(',')]);
    if (answer.outcome === 'passed') return group.map(() => ({ outcome: 'escaped' }));
    if (answer.outcome !== 'failed') return this.#halves(group, withAll);
    const alone = answer.failed.filter((id) => !lookBack.has(id));
    const found = new Map<string, Verdict>();
    for (const folder of alone.length > 0 ? group : []) {
      const verdict = await this.#round(folder, ['--only', alone.join(',')], []);
      if (verdict) found.set(folder, verdict);
    }
    const left = group.filter((folder) => !found.has(folder));
    const verdicts = await this.#left(left, alone.length < answer.failed.length, found.size > 0, withAll);
    left.forEach((folder, place) => {
      found.set(folder, verdicts[place]!);
    });
    return group.map((folder) => found.get(folder)!);
  }

  /** @param lookedBack whether a row that looks back failed; it may have been for those found meanwhile */
  #left(
    left: readonly string[],
    lookedBack: boolean,
    someFound: boolean,
    withAll: (group: readonly string[]) => Promise<string>,
  ): Promise<Verdict[]> | Verdict[] {
    if (!lookedBack) return left.map(() => ({ outcome: 'escaped' }));
    return someFound ? this.rest(left, withAll) : this.#halves(left, withAll);
  }

  async #halves(
    group: readonly string[],
    withAll: (group: readonly string[]) => Promise<string>,
  ): Promise<Verdict[]> {
    const half = Math.ceil(group.length / 2);
    const [left, right] = [group.slice(0, half), group.slice(half)];
    return [...(await this.rest(left, withAll)), ...(await this.rest(right, withAll))];
  }

  /** @param done rows that are not asked again */
  async #round(
    folder: string,
    selection: readonly string[],
    done: readonly string[],
    ask: Ask = this.ask,
  ): Promise<Verdict | undefined> {
    const skipped = new Set(done);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const args = [...selection, '--bail', ...(skipped.size > 0 ? ['--skip', [...skipped].join(',')] : [])];
      const answer = await ask(folder, args);
      if (answer.outcome === 'passed') return undefined;
      const { outcome, got } = answer;
      if (outcome === 'endless') return { outcome: 'unclear', got };
      if (outcome === 'broken') {
        const again = await ask(folder, args);
        if (again.outcome === 'broken' && (await this.#starts())) return { outcome: 'start', got };
        continue;
      }
      const { row } = answer;
      if (await this.#failsAgain(folder, row, args, ask))
        return (await this.#holds(row, ask))
          ? { outcome: 'found', row, got }
          : { outcome: 'unclear', got: `${row} fails without the mistake too: ${got}` };
      for (const id of [row, ...answer.passed]) skipped.add(id);
    }
    return { outcome: 'unclear', got: `other answers each time, ${attempts} times` };
  }

  /** Whether the project without a mistake starts in time, while this machine is as busy as it is. */
  async #starts(): Promise<boolean> {
    const { outcome } = await this.ask(this.whole, ['--only', rows[0]!.id]);
    return outcome !== 'broken';
  }

  /** Whether the row passes on the project without a mistake, while this machine is as busy as it is. */
  async #holds(row: string, ask: Ask): Promise<boolean> {
    if (quick.includes(row) && this.#trusted.has(row)) return true;
    const { outcome } = await ask(this.whole, ['--only', row]);
    if (outcome === 'passed') this.#trusted.add(row);
    return outcome === 'passed';
  }

  /** A machine that stands still can look like a mistake. A row can also fail only after those before it. */
  async #failsAgain(folder: string, row: string, args: readonly string[], ask: Ask): Promise<boolean> {
    const alone = await ask(folder, ['--only', row]);
    if (alone.outcome === 'failed') return true;
    const again = await ask(folder, args);
    return again.outcome === 'failed' && again.row === row;
  }
}
