import { execa } from 'execa';
import { rows } from '../../src/verify/checks/index.js';
import type { ReportDocument } from '../../src/verify/report/json.js';
import { cli } from '../contract/projects.js';

/** What became of a mutant that is a valid program. */
export type Verdict =
  /** A row fails, twice, and passes without the mistake. */
  | { outcome: 'found'; row: string; got: string }
  /** No instance starts, or starts again with other settings. */
  | { outcome: 'start'; got: string }
  | { outcome: 'escaped' }
  /** A row fails without the mistake as well, or a run does not end. */
  | { outcome: 'unclear'; got: string };

/** What a run of `verify` says: `broken` when there is no report, and `endless` when it does not end. */
export type Answer =
  | { outcome: 'passed' }
  | { outcome: 'failed'; row: string; got: string; passed: string[] }
  | { outcome: 'broken'; got: string }
  | { outcome: 'endless'; got: string };
/** Runs `verify` on a built project. */
export type Ask = (folder: string, args: readonly string[]) => Promise<Answer>;

const longestMs = 30 * 60_000;
/** Of a run that was stopped: it ends its servers. */
const longestEndMs = 60_000;
const attempts = 10;
/** Rows that look at everything that was asked before them belong to both rounds. */
const quick = rows.filter((row) => row.quick && !row.last).map(({ id }) => id);

/** Asks `verify` of mutants. */
export class Judge {
  /** Rows that have passed on the project without a mistake in this run. */
  readonly #trusted = new Set<string>();

  /** @param whole the built project without a mistake */
  constructor(
    private readonly whole: string,
    private readonly ask: Ask,
  ) {}

  /** Asks the quick rows, then all others, up to the first one that fails. */
  async judge(folder: string): Promise<Verdict> {
    return (
      (await this.#round(folder, ['--quick'], [])) ??
      (await this.#round(folder, [], quick)) ?? { outcome: 'escaped' }
    );
  }

  /** @param done rows that are not asked again */
  async #round(
    folder: string,
    selection: readonly string[],
    done: readonly string[],
  ): Promise<Verdict | undefined> {
    const skipped = new Set(done);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const args = [...selection, '--bail', ...(skipped.size > 0 ? ['--skip', [...skipped].join(',')] : [])];
      const answer = await this.ask(folder, args);
      if (answer.outcome === 'passed') return undefined;
      const { outcome, got } = answer;
      if (outcome === 'endless') return { outcome: 'unclear', got };
      if (outcome === 'broken') {
        const again = await this.ask(folder, args);
        if (again.outcome === 'broken' && (await this.#starts())) return { outcome: 'start', got };
        continue;
      }
      const { row } = answer;
      if (await this.#failsAgain(folder, row, args))
        return (await this.#holds(row))
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
  async #holds(row: string): Promise<boolean> {
    if (this.#trusted.has(row)) return true;
    const { outcome } = await this.ask(this.whole, ['--only', row]);
    if (outcome === 'passed') this.#trusted.add(row);
    return outcome === 'passed';
  }

  /** A machine that stands still can look like a mistake. A row can also fail only after those before it. */
  async #failsAgain(folder: string, row: string, args: readonly string[]): Promise<boolean> {
    const alone = await this.ask(folder, ['--only', row]);
    if (alone.outcome === 'failed') return true;
    const again = await this.ask(folder, args);
    return again.outcome === 'failed' && again.row === row;
  }
}

/** Asks by the command line, from outside. The signal ends it. */
export function commandLine(signal: AbortSignal): Ask {
  return async (folder, args) => {
    const { stdout, stderr, timedOut } = await execa(
      'node',
      [cli, 'verify', folder, '--json', '--no-build', ...args],
      {
        env: { NODE_OPTIONS: '' },
        reject: false,
        timeout: longestMs,
        cancelSignal: signal,
        forceKillAfterDelay: longestEndMs,
      },
    );
    signal.throwIfAborted();
    if (timedOut) return { outcome: 'endless', got: `no end after ${longestMs / 60_000} minutes` };
    const report = readReport(stdout);
    if (!report?.rows) return { outcome: 'broken', got: (stdout + stderr).slice(-500) };
    const failed = report.rows.find(({ outcome }) => outcome === 'failed');
    if (!failed) return { outcome: 'passed' };
    const passed = report.rows.filter((row) => row.outcome === 'passed').map(({ id }) => id);
    return { outcome: 'failed', row: failed.id, got: (failed.failure?.got ?? '').slice(0, 300), passed };
  };
}

function readReport(text: string): Partial<ReportDocument> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
