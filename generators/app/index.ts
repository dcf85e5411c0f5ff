import { fileURLToPath } from 'node:url';
import Generator from 'yeoman-generator';
import type { Answers } from '../../src/answers.js';
import { type Arguments, readArguments, switches, valueFlags } from '../../src/args.js';
import type { Catalog } from '../../src/catalog.js';
import { collect, complete } from '../../src/collect.js';
import { loadCatalog } from '../../src/load-catalog.js';
import { askForMissing } from '../../src/missing.js';
import { render } from '../../src/render.js';
import { initialCommit, install } from '../../src/steps.js';
import { inspectTarget, requireNoClash } from '../../src/target.js';
import { version } from '../../src/version.js';
import { Journal } from '../../src/write.js';
import { commandLine } from '../command-line.js';
import { writeFiles } from '../write-files.js';

/** Makes a project in a Yeoman environment: takes the arguments and options of the command line, and asks as it does. */
export default class AppGenerator extends Generator {
  static resolved = fileURLToPath(import.meta.url);
  readonly #never = new AbortController().signal;
  #catalog!: Catalog;
  #arguments!: Arguments;
  #answers!: Answers;

  constructor(args: string[], options: object) {
    // The package manager of the project is run by this generator; Yeoman knows those of Node.js alone.
    super(args, options as never, { customInstallTask: true } as never);
    this.argument('directory', { type: String, required: false, description: 'Folder of the project' });
    for (const flag of valueFlags) this.option(flag, { type: asGiven });
    for (const flag of switches) this.option(flag.replace(/^no-/, ''), { type: Boolean });
  }

  /** @throws UserError with all that is wrong or missing */
  async prompting(): Promise<void> {
    this.#catalog = loadCatalog();
    const { arguments: args, problems } = readArguments(commandLine(this.args, this.options));
    this.#arguments = args;
    const given = await askForMissing(
      this.#catalog,
      args,
      collect(this.#catalog, args, problems),
      this.#never,
    );
    this.#answers = complete(this.#catalog, given, given.directory);
    this.destinationRoot(inspectTarget(given.directory, args.switches.has('merge')).directory);
  }

  writing(): void {
    const files = render(this.#catalog, this.#answers, version);
    requireNoClash(inspectTarget(this.destinationRoot(), true), files.keys());
    writeFiles(this, files);
  }

  async install(): Promise<void> {
    if (this.#arguments.switches.has('no-install') || this.options.skipInstall) return;
    const { framework, packageManager } = this.#answers;
    const { installation } = this.#catalog.packageManager(framework, packageManager);
    await install(this.destinationRoot(), installation, new Journal(), this.#never, this.#say);
  }

  async end(): Promise<void> {
    if (this.#arguments.switches.has('no-git')) return;
    await initialCommit(this.destinationRoot(), new Journal(), this.#never, this.#say);
  }

  readonly #say = (line: string) => this.log(line);
}

/** An option that is given several times is a list. */
const asGiven = ((value: unknown) => value) as StringConstructor;
