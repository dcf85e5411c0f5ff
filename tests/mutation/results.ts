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

/**
 * What became of mutants, kept in the folder for temporary files: a run that was interrupted goes on. It begins anew
 * when `verify` or the project has changed, and asks again what was unclear.
 */
export class Results {
  readonly file: string;
  readonly #known: Map<string, Result>;

  /** @param files of the project, with their text */
  constructor(name: string, files: ReadonlyMap<string, string>) {
    const key = hash('sha256', JSON.stringify([...files, ...sources()])).slice(0, 12);
    this.file = path.join(os.tmpdir(), 'verify-mutants', `${name}-${key}.jsonl`);
    const lines = fs.existsSync(this.file) ? fs.readFileSync(this.file, 'utf8').split('\n') : [];
    const results = lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Result);
    const clear = results.filter(({ outcome }) => outcome !== 'unclear');
    this.#known = new Map(clear.map((result) => [result.hash, result]));
  }

  of({ hash }: Mutant): Result | undefined {
    return this.#known.get(hash);
  }

  keep(result: Result): void {
    this.#known.set(result.hash, result);
    fs.ensureDirSync(path.dirname(this.file));
    fs.appendFileSync(this.file, `${JSON.stringify(result)}\n`);
  }
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
