import { spawnSync } from 'node:child_process';
import path from 'node:path';
import fs from 'fs-extra';
import type { Resolved } from '../../src/answers/resolve.js';
import type { Catalog } from '../../src/catalog/catalog.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';
import { type Origin, TemplateLines } from './template-lines.js';

const kept = '.preview';
const version = '0.0.0-preview';

/** A project that is rendered from the templates as they stand, again and again, into one folder. */
export class Preview {
  readonly #origins = new Map<string, (Origin | undefined)[]>();
  #installed = '';
  #commands: Record<string, string> = {};

  /**
   * @param folder of the project; other files in it (packages, data) stay
   * @param templates the folder of the templates
   * @param resolve the project, by the templates as they stand. Throws UserError
   */
  constructor(
    readonly folder: string,
    private readonly templates: string,
    private readonly resolve: (catalog: Catalog) => Resolved,
  ) {}

  /**
   * Writes changed files, and deletes files of an earlier preview that no longer exist.
   * @returns how many files the project has
   * @throws UserError when the choices are none, and Error when a template is wrong
   */
  render(): number {
    const lines = new TemplateLines();
    const catalog = catalogOf(this.templates, lines);
    const resolved = this.resolve(catalog);
    this.#installed = resolved.installation.command;
    this.#commands = resolved.commands;
    const files = render(resolved, version);
    const list = path.join(this.folder, kept);
    const before = fs.existsSync(list) ? fs.readFileSync(list, 'utf8').split('\n') : [];
    for (const old of before) if (old && !files.has(old)) fs.removeSync(path.join(this.folder, old));
    for (const [file, { text: marked, executable }] of files) {
      const { text, origins } = lines.read(marked);
      this.#origins.set(file, origins);
      const place = path.join(this.folder, file);
      if (fs.existsSync(place) && fs.readFileSync(place, 'utf8') === text) continue;
      fs.outputFileSync(place, text, { mode: executable ? 0o755 : 0o644 });
    }
    fs.outputFileSync(list, [...files.keys()].join('\n'));
    return files.size;
  }

  /** Installs the packages if their manifest has changed. @throws Error with the output of the package manager */
  install(): void {
    const manifests = ['package.json', 'pyproject.toml']
      .filter((name) => fs.existsSync(path.join(this.folder, name)))
      .map((name) => fs.readFileSync(path.join(this.folder, name), 'utf8'))
      .join('\0');
    const record = path.join(this.folder, `${kept}-installed`);
    if (fs.existsSync(record) && fs.readFileSync(record, 'utf8') === manifests) return;
    const { status, output } = this.#run(this.#installed);
    if (status !== 0) throw new Error(`${this.#installed} in ${this.folder} failed:\n${output}`);
    fs.writeFileSync(record, manifests);
  }

  /** Lints and type-checks. @returns the errors, each with the line of its template */
  check(): string {
    return ['lint', 'typecheck']
      .map((name) => this.#run(this.#commands[name]!))
      .filter(({ status }) => status !== 0)
      .map(({ output }) => this.#withOrigins(output))
      .join('\n');
  }

  #run(command: string): { status: number | null; output: string } {
    const { status, stdout, stderr, error } = spawnSync(command, {
      shell: true,
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      maxBuffer: 1e8,
    });
    return { status, output: error?.message ?? `${stdout}${stderr}` };
  }

  /** Behind each line that names a place in a rendered file, the place in the template. */
  #withOrigins(output: string): string {
    const place = /([\w./{}-]+\.\w+)[:(](\d+)/;
    return output
      .split('\n')
      .map((line) => {
        const [, file, number] = place.exec(line) ?? [];
        const origin = file && this.#origins.get(path.normalize(file))?.[Number(number) - 1];
        return origin ? `${line}\n    from templates/${origin.file}:${origin.line}` : line;
      })
      .join('\n');
  }
}
