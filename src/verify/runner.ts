import { Refused } from './client.js';
import { curlOf } from './curl.js';
import { Mismatch } from './expectations.js';
import type { Progress, Result } from './result.js';
import { NotApplicable, type Row } from './row.js';
import { keepSecretsOf } from './secrets.js';
import type { Session } from './session.js';
import type { Target } from './target.js';

const evidenceKept = 20;

/** What is asked, and how long. */
export interface Selection {
  /** Why a row is not wanted; undefined when it is. */
  unwanted(row: Row): string | undefined;
  /** Stops after the first row that fails. */
  bail: boolean;
}

/**
 * Asks rows, those with the same settings one after another.
 * @returns a result for every row, in the order of `rows`
 */
export async function ask(
  rows: readonly Row[],
  target: Target,
  { unwanted, bail }: Selection,
  progress: Progress,
  signal: AbortSignal,
): Promise<Result[]> {
  const results = new Map<Row, Result>();
  const finish = (result: Result) => {
    results.set(result.row, result);
    progress.end(result);
  };
  const leftOut = (row: Row, outcome: 'skipped' | 'not-applicable', reason: string) =>
    finish({ row, outcome, reason, ms: 0 });
  const asked: Row[] = [];
  for (const row of rows) {
    const reason = unwanted(row);
    const lacking = row.needs.map((need) => target.lacks(need)).find((found) => found !== undefined);
    if (reason) leftOut(row, 'skipped', reason);
    else if (lacking) leftOut(row, 'not-applicable', lacking);
    else asked.push(row);
  }
  const keyOf = ({ settings = {} }: Row) => JSON.stringify(settings);
  const keys = [...new Set(asked.map(keyOf))];
  const ordered = [
    ...keys.flatMap((key) => asked.filter((row) => !row.last && keyOf(row) === key)),
    ...asked.filter((row) => row.last),
  ];
  let settings: Row['settings'];
  const cancelled = rejectionOf(signal);
  for (const [place, row] of ordered.entries()) {
    signal.throwIfAborted();
    if (bail && [...results.values()].some(({ outcome }) => outcome === 'failed')) {
      leftOut(row, 'skipped', 'a row before it failed');
      continue;
    }
    settings = row.last ? settings : row.settings;
    const session = await target.session(settings);
    progress.begin(row, place + 1, ordered.length);
    finish(await Promise.race([askOne(row, session, target, signal), cancelled]));
  }
  return rows.map((row) => results.get(row)!);
}

/** Rejects when the run is cancelled: a row can take seconds, and nobody waits for it then. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const cancelled = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Between two rows, nobody listens.
  cancelled.catch(() => {});
  return cancelled;
}

async function askOne(row: Row, session: Session, target: Target, signal: AbortSignal): Promise<Result> {
  session.exchanges = [];
  const start = performance.now();
  const passed = { row, outcome: 'passed' as const, reason: '' };
  const failed = (error: unknown): Result => ({
    ...passed,
    outcome: 'failed',
    ms: performance.now() - start,
    failure: failureOf(error, session),
  });
  let result: Result;
  try {
    await row.run(session);
    result = { ...passed, ms: performance.now() - start };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NotApplicable)
      return { ...passed, outcome: 'not-applicable', reason: error.message, ms: 0 };
    // Nothing was found out about the API.
    if (error instanceof Refused) throw new Error(`${row.id} ${error.message}`, { cause: error });
    result = failed(error);
  }
  try {
    await target.restore(row);
  } catch (error) {
    // That it does not recover from what was done to it is the failure of the row that did it.
    if (result.outcome === 'passed')
      result = failed(new Mismatch('to be well again afterwards', (error as Error).message));
  }
  return result;
}

function failureOf(error: unknown, session: Session): Result['failure'] {
  for (const exchange of session.exchanges) keepSecretsOf(exchange);
  const exchanges = session.exchanges.slice(-evidenceKept);
  const last = exchanges.at(-1);
  const { expected, got } =
    error instanceof Mismatch
      ? error
      : {
          expected: 'an answer that the row can read',
          got: `${(error as Error).name}: ${(error as Error).message}`,
        };
  return { expected, got, exchanges, curl: last && curlOf(last) };
}
