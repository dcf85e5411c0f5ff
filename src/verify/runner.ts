import { NotApplicable, type Row } from './checks/row.js';
import { Refused } from './http/client.js';
import { curlOf } from './http/curl.js';
import { Crash, Hindrance, Mismatch } from './http/expectations.js';
import { keepSecretsOf } from './http/secrets.js';
import type { Failure, Outcome, Progress, Result } from './report/result.js';
import { keyOf, Schedule } from './schedule.js';
import type { Session } from './session.js';
import type { Station, Target } from './target.js';

const evidenceKept = 20;
/** Characters of an answer in a reason of rows that were not asked. */
const longest = 120;

/** The reason of rows that are left to the load balancer. */
const holders: Record<NonNullable<Row['tier']>, string> = {
  server:
    'the HTTP server of the project has no setting for it; --balancer or the URL of a deployment asks it',
  edge: 'slow clients are held in front of the project; --balancer or the URL of a deployment asks it',
};

/** The selected rows, and the time limit. */
export interface Selection {
  /** Why a row is not wanted; undefined when it is. */
  unwanted(row: Row): string | undefined;
  /** What becomes of the result of a row, such as a failure that is accepted. */
  judge(result: Result): Result;
  /** Stops after the first row that fails. */
  bail: boolean;
}

/**
 * Runs rows: at several stations at once, those with the same settings one after another; then those that need the
 * machine for themselves, and at last those that look back.
 * @returns a result for every row, in the order of `rows`
 */
export async function ask(
  rows: readonly Row[],
  target: Target,
  { unwanted, judge, bail }: Selection,
  progress: Progress,
  signal: AbortSignal,
): Promise<Result[]> {
  const results = new Map<Row, Result>();
  const finish = (result: Result) => {
    results.set(result.row, result);
    progress.end(result);
  };
  const leftOut = (row: Row, outcome: Exclude<Outcome, 'passed' | 'failed'>, reason: string) =>
    finish({ row, outcome, reason, ms: 0 });
  const asked: Row[] = [];
  /** Not selected, but asked before those that they can hinder; with the reason. */
  const silent = new Map<Row, string>();
  for (const row of rows) {
    const reason = unwanted(row);
    const lacking =
      row.needs.map((need) => target.lacks(need)).find((found) => found !== undefined) ??
      target.lacksSettings?.(row);
    const grounds = target.foreign === true && row.hinders !== undefined && !lacking;
    if (reason && grounds) silent.set(row, reason);
    else if (reason) leftOut(row, 'skipped', reason);
    else if (target.leaves(row.tier ?? 'application')) leftOut(row, 'left-to-balancer', holders[row.tier!]);
    else if (lacking) leftOut(row, 'not-applicable', lacking);
    else asked.push(row);
  }
  for (const [row, reason] of silent)
    if (asked.some((other) => row.hinders!(other))) asked.push(row);
    else leftOut(row, 'skipped', reason);
  // Those that hinder others come first, and before them those that hinder these.
  const rank = (row: Row) =>
    row.hinders ? asked.filter((other) => other.hinders && row.hinders!(other)).length : -1;
  const ranks = new Map(asked.map((row) => [row, rank(row)]));
  asked.sort((a, b) => ranks.get(b)! - ranks.get(a)!);
  /** Why other rows cannot be asked, by the row that found it out. */
  const hindrances = new Map<Row, string>();
  const hindranceOf = (row: Row) =>
    [...hindrances].find(([found]) => found !== row && found.hinders!(row))?.[1];
  /** Stations whose instances have ended and do not start again, with the settings of these. */
  const lost = new Map<number, { key: string | undefined; reason: string }>();
  const stop = new AbortController();
  const stopped = rejectionOf(AbortSignal.any([signal, stop.signal]));
  let begun = 0;
  /** Of the instances at each station; the first has those of all. */
  const keys: (string | undefined)[] = [keyOf({})];
  const askAt = async (place: number, row: Row) => {
    const key = row.last ? keys[place] : keyOf(row);
    const station = await target.station(place);
    const session = await station.session(key === undefined ? row.settings : JSON.parse(key));
    keys[place] = key;
    signal.throwIfAborted();
    if (stop.signal.aborted) return;
    const ended = lost.get(place);
    const known = hindranceOf(row) ?? (ended && ended.key === key ? ended.reason : undefined);
    if (known !== undefined) {
      leftOut(row, 'not-applicable', known);
      return;
    }
    progress.begin(row, ++begun, asked.length);
    const found = await Promise.race([askOne(row, session, station, signal), stopped]);
    const hindrance = found.failure?.hindrance;
    if (row.hinders && hindrance !== undefined) hindrances.set(row, `${hindrance} (${row.id})`);
    if (found.failure?.crash !== undefined && hindrance !== undefined)
      lost.set(place, { key, reason: `${hindrance} (${row.id})` });
    const result = judge(found);
    const unselected = silent.get(row);
    if (unselected !== undefined && result.outcome !== 'failed') leftOut(row, 'skipped', unselected);
    else finish(result);
    if (bail && result.outcome === 'failed') stop.abort(new Stopped());
  };
  const oneByOne = [...asked.filter(({ alone }) => alone), ...asked.filter(({ last }) => last)];
  const atOnce = new Schedule(
    asked.filter((row) => !oneByOne.includes(row)),
    oneByOne,
  );
  const work = async (place: number) => {
    for (;;) {
      const row = stop.signal.aborted ? undefined : atOnce.next(keys[place]);
      if (!row) return;
      await askAt(place, row);
    }
  };
  const workUntilStopped = (place: number) =>
    work(place).catch((error) => {
      stop.abort(new Stopped());
      if (!(error instanceof Stopped)) throw error;
    });
  // All of them end before anything is closed: one that starts instances would leave them behind.
  const ends = await Promise.allSettled(
    Array.from({ length: target.stations }, (_, place) => workUntilStopped(place)),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  for (const row of oneByOne) {
    if (stop.signal.aborted) break;
    await askAt(Math.max(0, keys.indexOf(keyOf(row))), row);
  }
  for (const row of asked) if (!results.has(row)) leftOut(row, 'skipped', 'a row before it failed');
  // Those that another station asked meanwhile.
  for (const [row, { outcome, ms }] of results) {
    const reason = outcome === 'failed' ? hindranceOf(row) : undefined;
    if (reason !== undefined) results.set(row, { row, outcome: 'not-applicable', reason, ms });
  }
  if (target.foreign) foldSameFailures(asked, results);
  return rows.map((row) => results.get(row)!);
}

/** Of failures at one operation with the same answer, the first stays; the others would tell it again. */
function foldSameFailures(asked: readonly Row[], results: Map<Row, Result>): void {
  const first = new Map<string, Result>();
  const nothing = [...results.values()].find(
    ({ failure }) => failure?.hindrance !== undefined && nothingAt(failure) !== undefined,
  );
  for (const row of asked) {
    const result = results.get(row)!;
    if (nothing && result !== nothing && nothingAt(result.failure) === nothingAt(nothing.failure)) {
      const reason = `nothing is found, as in ${nothing.row.id}`;
      results.set(row, { row, outcome: 'not-applicable', reason, ms: result.ms });
      continue;
    }
    const key = result.outcome === 'failed' && result.failure ? causeOf(result.failure) : undefined;
    if (key === undefined) continue;
    const known = first.get(key);
    if (!known) first.set(key, result);
    else
      results.set(row, {
        row,
        outcome: 'not-applicable',
        reason:
          result.failure!.crash === undefined
            ? `it fails as ${known.row.id} does, for the same cause`
            : `the process ends by itself as in ${known.row.id}, for the same cause`,
        ms: result.ms,
      });
  }
}

/** The answer of a server without such a path (404), whatever was asked for; undefined for others. */
function nothingAt(failure: Failure | undefined): string | undefined {
  const last = failure?.exchanges.at(-1);
  if (last?.response?.status !== 404 || !failure!.got.startsWith('status 404')) return undefined;
  const { method, url } = last;
  const { pathname } = new URL(url);
  return last.response.text.replaceAll(pathname, '').replace(new RegExp(`\\b${method}\\b`, 'g'), '');
}

/** What failures with one cause have in common: the operation, the answer without its numbers, and what was expected of it. */
function causeOf({ operations, expected, got, exchanges, crash }: Failure): string {
  if (crash !== undefined) return crash;
  const plain = (text: string) => text.replace(/\d+/g, '0');
  const isServerError = (exchanges.at(-1)?.response?.status ?? 0) >= 500;
  // The end says what was expected; a sequence of requests may stand before it.
  const wanted = expected.replace(/ \(sequences with seed \d+\)$/, '').slice(-40);
  return JSON.stringify([operations, plain(got), isServerError ? '' : plain(wanted)]);
}

/** What ends of a process with one cause have in common: the line with the error, without numbers and names of one request. */
function crashOf(got: string): string {
  const lines = got.split('\n').filter((line) => !/^\s+at /.test(line));
  const told =
    lines.find((line) => /error|exception|panic|fatal|killed|out of memory/i.test(line)) ?? lines[0]!;
  return `crash ${told.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/gi, '0').slice(0, longest)}`;
}

/** The run ends early, as requested. */
class Stopped extends Error {}

/** Rejects when the run ends early, without waiting for the running row. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Between two rows, the rejection has no handler.
  ended.catch(() => {});
  return ended;
}

async function askOne(row: Row, session: Session, station: Station, signal: AbortSignal): Promise<Result> {
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
      result = { ...passed, outcome: 'not-applicable', reason: error.message, ms: 0 };
    // Nothing was found out about the API.
    else if (error instanceof Refused) throw new Error(`${row.id} ${error.message}`, { cause: error });
    else result = failed(error);
  }
  try {
    const cut =
      result.outcome === 'failed' && session.exchanges.some(({ response }) => response === undefined);
    await station.restore(row, cut);
  } catch (error) {
    // What else the row has found comes from it.
    if (error instanceof Crash) result = failed(error);
    // If the instances do not recover, the row that disturbed them fails.
    else if (result.outcome === 'passed')
      result = failed(new Mismatch('to be well again afterwards', (error as Error).message));
  }
  return result;
}

function failureOf(error: unknown, session: Session): Result['failure'] {
  const { expected, got, about }: Pick<Mismatch, 'expected' | 'got' | 'about'> =
    error instanceof Mismatch
      ? error
      : {
          expected: 'an answer that the row can read',
          got: `${(error as Error).name}: ${(error as Error).message}`,
        };
  const what = error instanceof Hindrance || error instanceof Crash ? error.what : undefined;
  const exchanges = about ? [about.exchange] : session.exchanges.slice(-evidenceKept);
  for (const exchange of [...session.exchanges, ...exchanges]) keepSecretsOf(exchange);
  const last = exchanges.at(-1);
  const operation = last && session.contract.operationOf(last);
  return {
    expected,
    got,
    exchanges,
    operations: about?.operations ?? (operation ? [operation] : []),
    isComplete: about !== undefined,
    curl: last && curlOf(last),
    ...(error instanceof Crash ? { crash: crashOf(got) } : {}),
    ...(what === undefined
      ? {}
      : { hindrance: `${what}: ${got.length > longest ? `${got.slice(0, longest)}…` : got}` }),
  };
}
