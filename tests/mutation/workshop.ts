import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { type Choices, Projects } from '../contract/projects.js';
import type { Mutant } from './change.js';
import { type Coverage, differenceOf } from './coverage.js';

/** What is not copied but shared by all copies of a project. */
const installed = ['node_modules', '.venv'];
const left = [...installed, '__pycache__', '.mypy_cache'];

/** How a language checks a changed file. */
interface Check {
  command: string[];
  /** The file that is made from a source, from the root of the project; undefined where the source itself is run. */
  madeOf(file: string): string | undefined;
}
const checks: Record<string, Check> = {
  '.ts': {
    command: [
      'node_modules/.bin/tsc',
      '-p',
      'tsconfig.build.json',
      '--incremental',
      '--tsBuildInfoFile',
      '.tsbuildinfo',
    ],
    madeOf: (file) => file.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'),
  },
  '.py': { command: ['.venv/bin/mypy', 'app'], madeOf: () => undefined },
};

/** A copy of the built project, and the text of the files that differ, sources and what is made from them. */
export interface Made {
  folder: string;
  files: Record<string, string>;
  /** False where no row runs what is changed. */
  isRun: boolean;
}

/** A built project, and copies of it with a mistake each. */
export class Workshop {
  readonly #projects: Projects;
  /** The project as it was made and built. */
  readonly whole: string;
  /** A copy that changed files are checked in, one after another: the check looks at what has changed alone. */
  readonly #bench: string;
  #checking: Promise<unknown> = Promise.resolve();
  #combined = 0;

  /** What `verify` runs of the project, as soon as it is known. */
  coverage: Coverage | undefined;

  /** Makes, installs and builds the project: takes a minute. */
  constructor(
    choices: Choices,
    private readonly signal: AbortSignal,
  ) {
    this.#projects = new Projects([choices]);
    this.whole = this.#projects.of(choices);
    this.#bench = path.join(this.#projects.folder, 'bench');
    this.#copyTo(this.#bench);
  }

  /**
   * A copy of the built project with the mistake, unless the compiler or the type checker finds it, or nothing that
   * runs is different.
   */
  async make(mutant: Mutant): Promise<Made | { invalid: string }> {
    const turn = this.#checking.then(() => this.#check(mutant));
    this.#checking = turn.catch(() => {});
    const checked = await turn;
    if ('invalid' in checked) return checked;
    return this.#copyWith(mutant.hash, checked.files, checked.isRun);
  }

  /** A copy of the built project with the mistakes of several copies, in different files. */
  combine(made: readonly Made[]): Made {
    this.#combined += 1;
    const files = Object.assign({}, ...made.map((one) => one.files));
    return this.#copyWith(`combined-${this.#combined}`, files, true);
  }

  remove(): void {
    this.#projects.remove();
  }

  async #check({ file, text }: Mutant): Promise<Omit<Made, 'folder'> | { invalid: string }> {
    const check = checks[path.extname(file)];
    if (!check) return { files: { [file]: text }, isRun: true };
    const { coverage } = this;
    const program = check.madeOf(file);
    const source = path.join(this.#bench, file);
    const original = fs.readFileSync(source, 'utf8');
    const [checker, ...args] = check.command;
    fs.writeFileSync(source, text);
    try {
      const { exitCode, stdout } = await execa(checker!, args, {
        cwd: this.#bench,
        reject: false,
        cancelSignal: this.signal,
      });
      this.signal.throwIfAborted();
      if (exitCode !== 0) return { invalid: stdout.split('\n')[0]! };
      if (program === undefined) return { files: { [file]: text }, isRun: true };
      const [now, before] = [this.#bench, this.whole].map((root) =>
        fs.readFileSync(path.join(root, program), 'utf8'),
      );
      if (now === before) return { invalid: 'the same program' };
      const { start, end } = differenceOf(before!, now!);
      return { files: { [file]: text, [program]: now! }, isRun: coverage?.runs(program, start, end) ?? true };
    } finally {
      fs.writeFileSync(source, original);
    }
  }

  #copyWith(name: string, files: Record<string, string>, isRun: boolean): Made {
    const folder = path.join(this.#projects.folder, name);
    this.#copyTo(folder);
    for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, file), text);
    return { folder, files, isRun };
  }

  #copyTo(folder: string): void {
    fs.copySync(this.whole, folder, { filter: (file) => !left.includes(path.basename(file)) });
    for (const name of installed)
      if (fs.existsSync(path.join(this.whole, name)))
        fs.ensureSymlinkSync(fs.realpathSync(path.join(this.whole, name)), path.join(folder, name));
  }
}
