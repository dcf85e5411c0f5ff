import { hash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import type { Mutant } from './change.js';
import type { Verdict } from './judge.js';

const root = path.resolve(import.meta.dirname, '../..');

/** What became of a mutant. A waiting one has passed the quick rows. */
export type Result = Omit<Mutant, 'text'> &
  (Verdict | { outcome: 'invalid'; got: string } | { outcome: 'waiting' });

/** Verdicts that other rows do not change, unless a row asks for less than before. */
const lasting: Result['outcome'][] = ['found', 'start', 'invalid'];

/**
 * What became of mutants, kept in the folder for temporary files: a run that was interrupted goes on. It begins anew
 * when the project has changed, asks again what was unclear, and after a change of `verify` what no row had found.
 */
export class Results {
  readonly file: string;
  /** For what `verify` runs of the project. */
  readonly coverageFile: string;
  readonly #verify = digest(sources());
  readonly #known = new Map<string, Result>();

  /** @param files of the project, with their text */
  constructor(name: string, files: ReadonlyMap<string, string>) {
    this.file = path.join(os.tmpdir(), 'verify-mutants', `${name}-${digest([...files])}.jsonl`);
    this.coverageFile = this.file.replace(/\.jsonl$/, `-${this.#verify}.coverage.json`);
    const lines = fs.existsSync(this.file) ? fs.readFileSync(this.file, 'utf8').split('\n') : [];
    const results = lines
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Result & { verify: string })
      .filter(({ outcome, verify }) => lasting.includes(outcome) || verify === this.#verify);
    for (const result of results) this.#known.set(result.hash, result);
  }

  /** What is known of a mutant. */
  of({ hash }: Mutant): Result | undefined {
    return this.#known.get(hash);
  }

  /**
   * The verdicts on valid mutants up to the first one that has none: what is found comes sooner than what escapes, so
   * all that is known would be no fair sample.
   * @param most of them
   */
  judged(order: readonly Mutant[], most: number): Result[] {
    const results: Result[] = [];
    for (const mutant of order) {
      const result = this.of(mutant);
      if (results.length === most || !result || result.outcome === 'waiting') break;
      if (result.outcome !== 'invalid') results.push(result);
    }
    return results;
  }

  keep(result: Result): void {
    this.#known.set(result.hash, result);
    fs.ensureDirSync(path.dirname(this.file));
    fs.appendFileSync(this.file, `${JSON.stringify({ ...result, verify: this.#verify })}\n`);
  }
}

function digest(content: unknown): string {
  return hash('sha256', JSON.stringify(content)).slice(0, 12);
}

/** The files of `verify`, with their text. */
function sources(): [string, string][] {
  const folder = path.join(root, 'src/verify');
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => [file, fs.readFileSync(path.join(folder, file), 'utf8')]);
}
