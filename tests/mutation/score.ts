import path from 'node:path';
import fs from 'fs-extra';
import { ruledOut } from './equivalence.js';
import type { Result } from './results.js';

const file = path.join(import.meta.dirname, 'score.json');
const equivalents = path.join(import.meta.dirname, 'equivalent.txt');

/** How many of a sample `verify` finds. */
export interface Score {
  /** Day of the run: `2026-01-31`. */
  date: string;
  seed: number;
  /** Mutants that compile; what became of them follows. */
  sample: number;
  found: number;
  /** No instance of them starts. */
  start: number;
  escaped: number;
  /** Of those that escaped: no row runs what is changed. */
  unrun: number;
  /** They were judged to do the same, by a rule or by hand. */
  equivalent: number;
  unclear: number;
  /** By operator: found, and found or escaped. */
  operators: Record<string, [found: number, all: number]>;
  /** Found first by this row. */
  rows: Record<string, number>;
}

/** Scores by framework, as they were recorded. */
export function readScores(): Record<string, Score> {
  return fs.existsSync(file) ? fs.readJsonSync(file) : {};
}

/** Records the score of a framework. */
export function recordScore(framework: string, score: Score): void {
  fs.writeJsonSync(file, { ...readScores(), [framework]: score }, { spaces: 2 });
}

/** Hashes of mutants that do what the original does, with the reason, where no rule says so. */
export function readEquivalents(): Map<string, string> {
  const lines = fs.readFileSync(equivalents, 'utf8').split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
}

/** Whether a mutant escaped because it does what the original does. */
export function isEquivalent(result: Result, equivalent: ReadonlyMap<string, string>): boolean {
  return result.outcome === 'escaped' && (equivalent.has(result.hash) || ruledOut(result) !== undefined);
}

/** Counts results of valid mutants. */
export function scoreOf(
  results: readonly Result[],
  { seed, date, equivalent }: { seed: number; date: string; equivalent: ReadonlyMap<string, string> },
): Score {
  const counted = results.filter((result) => !isEquivalent(result, equivalent));
  const count = (outcome: Result['outcome']) => counted.filter((result) => result.outcome === outcome).length;
  const score: Score = {
    date,
    seed,
    sample: results.length,
    found: count('found'),
    start: count('start'),
    escaped: count('escaped'),
    unrun: counted.filter((result) => result.outcome === 'escaped' && result.isRun === false).length,
    equivalent: results.length - counted.length,
    unclear: count('unclear'),
    operators: {},
    rows: {},
  };
  for (const result of counted) {
    if (result.outcome !== 'found' && result.outcome !== 'escaped') continue;
    const [found, all] = score.operators[result.operator] ?? [0, 0];
    score.operators[result.operator] = [found + (result.outcome === 'found' ? 1 : 0), all + 1];
    if (result.outcome === 'found') score.rows[result.row] = (score.rows[result.row] ?? 0) + 1;
  }
  return score;
}

/** The share of the mutants with running instances that a row finds. */
export function shareOf({ found, escaped }: Pick<Score, 'found' | 'escaped'>): string {
  return found + escaped === 0 ? '–' : `${Math.round((100 * found) / (found + escaped))} %`;
}

/** The scores as tables of Markdown: by framework, by operator and by row. */
export function scoreText(scores: Record<string, Score>): string {
  const frameworks = Object.keys(scores);
  const all = Object.values(scores);
  if (all.length === 0) return 'No run has been recorded.';
  const table = (head: readonly string[], lines: readonly (readonly (string | number)[])[]) =>
    [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`]
      .concat(lines.map((cells) => `| ${cells.join(' | ')} |`))
      .join('\n');
  const names = (of: (score: Score) => object) =>
    [...new Set(all.flatMap((score) => Object.keys(of(score))))].sort();
  return [
    table(
      [
        'project',
        'day, seed',
        'mutants',
        'found by a row',
        'do not start',
        'escaped',
        'of these, not run by any row',
        'equivalent',
        'unclear',
        'score',
      ],
      Object.entries(scores).map(([framework, score]) => [
        framework,
        `${score.date}, ${score.seed}`,
        score.sample,
        score.found,
        score.start,
        score.escaped,
        score.unrun,
        score.equivalent,
        score.unclear,
        shareOf(score),
      ]),
    ),
    table(
      ['operator', ...frameworks.map((framework) => `${framework}: found of`)],
      names(({ operators }) => operators).map((name) => [
        `\`${name}\``,
        ...all.map(({ operators }) => operators[name]?.join(' of ') ?? ''),
      ]),
    ),
    table(
      ['row', ...frameworks.map((framework) => `${framework}: found first by it`)],
      names(({ rows }) => rows).map((name) => [name, ...all.map(({ rows }) => rows[name] ?? '')]),
    ),
  ].join('\n\n');
}
