import { hash } from 'node:crypto';
import path from 'node:path';
import fs from 'fs-extra';
import { type Resolved, resolvedWith } from '../src/answers/resolve.js';
import { manifestPath } from '../src/manifest.js';
import { render } from '../src/render.js';
import { catalogOf } from '../src/templates.js';

const root = path.resolve(import.meta.dirname, '..');
const record = 'passed.json';
const catalog = catalogOf(path.join(root, 'templates'));

/** A project that slow tests are about. */
export interface Combination {
  /** Values by axis; the default of an axis that is not named. */
  choices: Record<string, string>;
  resources?: readonly string[];
  manager?: string;
}

/**
 * Which combinations have passed a level of test in the form that they have now: what is rendered for them, and the tests
 * themselves, by a hash that is kept beside the tests. `ALL=1` runs those as well; `RECORD=1` keeps what passes.
 * What has moved outside of the tree since, such as a package that another one depends on, is not seen.
 */
export class Passed {
  readonly #file: string;
  readonly #tests: string;

  /**
   * @param folder from the root, that keeps the record
   * @param sources files and folders, from the root, that the outcome depends on besides the project
   * @param unread the files of the project that the outcome does not depend on
   */
  constructor(
    folder: string,
    sources: readonly string[],
    private readonly unread?: RegExp,
  ) {
    this.#file = path.join(root, folder, record);
    this.#tests = sources
      .flatMap((source) => filesOf(path.join(root, source)))
      .map((file) => fs.readFileSync(file, 'utf8'))
      .join('\0');
  }

  /** Whether the combination can be left out. */
  has(combination: Combination): boolean {
    return !process.env.ALL && this.#kept()[nameOf(combination)] === this.#hash(combination);
  }

  /** To be called in a describe: keeps the combination when all of its tests have passed, if it is to be kept. */
  recordWhenPassed(combination: Combination, afterAll: typeof import('vitest').afterAll): void {
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it that no fixture is asked for
    afterAll(({}, suite) => {
      const run = suite.tasks.filter(({ mode }) => mode === 'run');
      if (run.length === 0 || run.some(({ result }) => result?.state !== 'pass')) return;
      this.record(combination);
    });
  }

  /** Keeps the combination, if it is to be kept. */
  record(combination: Combination): void {
    if (!process.env.RECORD) return;
    const kept = { ...this.#kept(), [nameOf(combination)]: this.#hash(combination) };
    const sorted = Object.fromEntries(Object.entries(kept).sort(([a], [b]) => (a < b ? -1 : 1)));
    fs.writeJsonSync(this.#file, sorted, { spaces: 2 });
  }

  #kept(): Record<string, string> {
    return fs.existsSync(this.#file) ? fs.readJsonSync(this.#file) : {};
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
    .filter((entry) => entry.isFile() && entry.name !== record)
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
