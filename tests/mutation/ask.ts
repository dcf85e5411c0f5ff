import { execa } from 'execa';
import type { ReportDocument } from '../../src/verify/report/json.js';
import { cli } from '../contract/projects.js';

/**
 * The outcome of a run of `verify`: `broken` without a report, `endless` after the time limit. `row` is the first row
 * that failed.
 */
export type Answer =
  | { outcome: 'passed' }
  | { outcome: 'failed'; row: string; got: string; failed: string[]; passed: string[] }
  | { outcome: 'broken'; got: string }
  | { outcome: 'endless'; got: string };
/** Runs `verify` on a built project. */
export type Ask = (folder: string, args: readonly string[]) => Promise<Answer>;

const longestMs = 30 * 60_000;
/** Of a run that was stopped: it ends its servers. */
const longestEndMs = 60_000;

/**
 * Runs the command line. The signal ends it.
 * @param env variables of it, such as servers to use
 */
export function commandLine(signal: AbortSignal, env: Record<string, string> = {}): Ask {
  return async (folder, args) => {
    const { stdout, stderr, timedOut } = await execa(
      'node',
      [cli, 'verify', folder, '--json', '--no-build', ...args],
      {
        env: { NODE_OPTIONS: '', ...env },
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
    const failed = report.rows.filter(({ outcome }) => outcome === 'failed');
    const [first] = failed;
    if (!first) return { outcome: 'passed' };
    return {
      outcome: 'failed',
      row: first.id,
      got: (first.failure?.got ?? '').slice(0, 300),
      failed: failed.map(({ id }) => id),
      passed: report.rows.filter(({ outcome }) => outcome === 'passed').map(({ id }) => id),
    };
  };
}

function readReport(text: string): Partial<ReportDocument> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
