import { hash } from 'node:crypto';
import path from 'node:path';
import fs from 'fs-extra';
import type { RunnerTask } from 'vitest';
import { manifestPath } from '../src/answers/manifest.js';
import { type Resolved, resolvedWith } from '../src/answers/resolve.js';
import { catalogOf } from '../src/catalog/compile.js';
import { render } from '../src/render/render.js';

const root = path.resolve(import.meta.dirname, '..');
/** The hash of each combination that has passed, by suite. */
const record = path.join(root, 'tests/passed.json');
const catalog = catalogOf(path.join(root, 'templates'));

/** A project that slow tests are about. */
export interface Combination {
  /** Values by axis; the default of an axis that is not named. */
  choices: Record<string, string>;
  resources?: readonly string[];
  manager?: string;
}

/**
 * The combinations that have passed a suite: each by a hash of its rendered files and of the suite's sources.
 * `ALL=1` runs them again; `RECORD=1` records those that pass. A change outside of the tree, such as a new version of an
 * indirect dependency, does not change the hash.
 */
export class Passed {
  readonly #tests: string;

  /**
   * @param suite its key in the record
   * @param sources files and folders, from the root, that the outcome depends on besides the project
   * @param unread files of the project that the outcome does not depend on
   */
  constructor(
    private readonly suite: string,
    sources: readonly string[],
    private readonly unread?: RegExp,
  ) {
    this.#tests = sources
      .flatMap((source) => filesOf(path.join(root, source)))
      .map((file) => fs.readFileSync(file, 'utf8'))
      .join('\0');
  }

  /** Whether the combination can be left out. */
  has(combination: Combination): boolean {
    return !process.env.ALL && recorded()[this.suite]?.[nameOf(combination)] === this.#hash(combination);
  }

  /** Call it in a describe: with `RECORD=1`, records the combination when all tests there have run and passed. */
  recordWhenPassed(combination: Combination, afterAll: typeof import('vitest').afterAll): void {
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it that no fixture is asked for
    afterAll(({}, suite) => {
      if (testsOf(suite.tasks).every(({ result }) => result?.state === 'pass')) this.record(combination);
    });
  }

  /** Records the combination, with `RECORD=1`. */
  record(combination: Combination): void {
    if (!process.env.RECORD) return;
    const entry = { [nameOf(combination)]: this.#hash(combination) };
    exclusively(() => {
      const all = recorded();
      const suites = { ...all, [this.suite]: sorted({ ...all[this.suite], ...entry }) };
      fs.writeJsonSync(record, sorted(suites), { spaces: 2 });
    });
  }

  #hash(combination: Combination): string {
    const files = [...render(resolvedOf(combination), '0.0.0')]
      .filter(([file]) => !this.unread?.test(file))
      .map(([file, { text, executable }]) => `${file}\0${executable}\0${whatCounts(file, text)}`);
    return hash('sha256', `${this.#tests}\0${files.join('\0')}`).slice(0, 32);
  }
}

/** Of the manifest, how the project is run, as the rest follows from other files; of the README, its commands. */
function whatCounts(file: string, text: string): string {
  if (file === manifestPath) return JSON.stringify(JSON.parse(text).run);
  return file === 'README.md' ? [...text.matchAll(/```sh\n[\s\S]*?```/g)].join('') : text;
}

/** What only those read who deploy a project and look after it. */
export const operations =
  /^(docs|deploy|load|observability|\.github)\/|^(compose\.yaml|\.gitlab-ci\.yml|\.gitleaks.*|Jenkinsfile|renovate\.json|AGENTS\.md)$/;

/** That, and what only people read. */
export const notRun = new RegExp(`${operations.source}|^(README\\.md|\\.env\\.example)$`);

/** What tells the combination from others of its level. */
export function nameOf({ choices, manager, resources = [] }: Combination): string {
  return [...Object.values(choices), manager, resources.length || undefined]
    .filter((part) => part !== undefined)
    .join(' ');
}

function resolvedOf({ choices, resources, manager }: Combination): Resolved {
  return resolvedWith(catalog, {
    ...choices,
    ...(resources?.length ? { resources: [...resources] } : {}),
    ...(manager === undefined ? {} : { packageManager: manager }),
  });
}

function filesOf(place: string): string[] {
  if (fs.statSync(place).isFile()) return [place];
  return fs
    .readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** The tests among tasks and in their describes. */
function testsOf(tasks: readonly RunnerTask[]): RunnerTask[] {
  return tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task.tasks) : [task]));
}

function recorded(): Record<string, Record<string, string>> {
  return fs.existsSync(record) ? fs.readJsonSync(record) : {};
}

const sorted = <Value>(object: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Test files run in parallel processes: only one at a time changes the record. @throws Error after ten seconds */
function exclusively(change: () => void): void {
  const lock = `${record}.lock`;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; !made(lock); tries += 1) {
    if (tries === 500) throw new Error(`${lock} stays: remove it if no test runs`);
    Atomics.wait(pause, 0, 0, 20);
  }
  try {
    change();
  } finally {
    fs.removeSync(lock);
  }
}

function made(folder: string): boolean {
  try {
    fs.mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
