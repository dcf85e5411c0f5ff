import { fileURLToPath } from 'node:url';
import Generator from 'yeoman-generator';
import { parse, withPreset } from '../../src/answers/request.js';
import type { Resolved } from '../../src/answers/resolve.js';
import { catalogFor } from '../../src/catalog/catalog-for.js';
import { complete, filesOf } from '../../src/commands/complete.js';
import { callingPackageManager } from '../../src/commands/create.js';
import { type Destination, requireNoClash } from '../../src/disk/destination.js';
import { Journal } from '../../src/disk/journal.js';
import { initialCommit, install } from '../../src/disk/steps.js';
import { commandLine, switches, valueFlags } from '../command-line.js';
import { writeFiles } from '../write-files.js';

/** Makes a project in a Yeoman environment: takes the arguments, options and prompts of the command line. */
export default class AppGenerator extends Generator {
  static resolved = fileURLToPath(import.meta.url);
  readonly #never = new AbortController().signal;
  #resolved!: Resolved;
  #target!: Destination;
  #skips: ReadonlySet<string> = new Set();

  constructor(args: string[], options: object) {
    // The package manager of the project is run by this generator; Yeoman knows those of Node.js alone.
    super(args, options as never, { customInstallTask: true } as never);
    this.argument('directory', { type: String, required: false, description: 'Folder of the project' });
    for (const flag of valueFlags) this.option(flag, { type: asGiven });
    for (const flag of switches) this.option(flag.replace(/^no-/, ''), { type: Boolean });
  }

  /** @throws UserError with all that is wrong or missing */
  async prompting(): Promise<void> {
    const parsed = parse(commandLine(this.args, this.options), callingPackageManager());
    const catalog = await catalogFor(parsed, '.');
    const request = withPreset(catalog, parsed);
    for (const hint of request.hints) this.log(hint);
    const { resolved, target } = await complete(catalog, request, this.#never);
    this.#resolved = resolved;
    this.#target = target;
    this.#skips = request.switches;
    this.destinationRoot(target.directory);
  }

  writing(): void {
    const files = filesOf({ resolved: this.#resolved, target: this.#target });
    requireNoClash(this.#target, files.keys());
    writeFiles(this, files);
  }

  async install(): Promise<void> {
    if (this.#skips.has('no-install') || this.options.skipInstall) return;
    const { installation } = this.#resolved;
    await install(this.destinationRoot(), installation, new Journal(), this.#never, this.#say);
  }

  async end(): Promise<void> {
    if (this.#skips.has('no-git')) return;
    await initialCommit(this.destinationRoot(), new Journal(), this.#never, this.#say);
  }

  readonly #say = (line: string) => this.log(line);
}

/** An option that is given several times is a list. */
const asGiven = ((value: unknown) => value) as StringConstructor;
