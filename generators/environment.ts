import path from 'node:path';
import { create as createMemFs } from 'mem-fs';
import type { MemFsEditorFile } from 'mem-fs-editor';
import type { RenderedFile } from '../src/render.js';
import AppGenerator from './app/index.js';
import type { GeneratorOptions } from './options.js';

type AnyGenerator = { initializing?(): Promise<void>; writing?(): void };
type AnyClass = {
  new (args: string[], options: object): AnyGenerator;
  namespace?: string;
  resolved?: string;
};

/**
 * As much of a Yeoman environment as these generators use. The real one resolves conflicts and installs packages; here
 * the folder has been checked before and nothing is written to the disk, which saves most of Yeoman's start.
 */
class Environment {
  readonly sharedFs = createMemFs<MemFsEditorFile>();
  readonly adapter = { log: Object.assign(() => {}, { write: () => {} }) };
  readonly #queue: AnyGenerator[] = [];

  constructor(readonly cwd: string) {}

  getVersion(): undefined {
    return undefined;
  }

  namespace(): string {
    return 'scalable-api:app';
  }

  async composeWith(
    Class: AnyClass,
    { generatorArgs = [], generatorOptions = {} }: { generatorArgs?: string[]; generatorOptions?: object },
  ): Promise<AnyGenerator> {
    const options = {
      namespace: this.namespace(),
      resolved: Class.resolved,
      skipCheckEnv: true,
      ...generatorOptions,
    };
    const generator = new Class(generatorArgs, { env: this, ...options });
    this.#queue.push(generator);
    await generator.initializing?.();
    return generator;
  }

  write(): void {
    for (const generator of this.#queue) generator.writing?.();
  }
}

/**
 * Runs the generators in memory.
 * @returns path (with `/`) to file, as the generators wrote them
 */
export async function generate(
  options: GeneratorOptions & { files: ReadonlyMap<string, RenderedFile> },
): Promise<Map<string, RenderedFile>> {
  // Yeoman makes the folder that it works in; this one is there on every machine.
  const { root } = path.parse(process.cwd());
  const environment = new Environment(root);
  await environment.composeWith(AppGenerator as unknown as AnyClass, { generatorOptions: options });
  environment.write();
  const files = new Map<string, RenderedFile>();
  environment.sharedFs.each((file) => {
    if (file.state !== 'modified' || file.contents === null) return;
    const relative = path.relative(root, file.path).split(path.sep).join('/');
    files.set(relative, {
      text: String(file.contents),
      executable: options.files.get(relative)?.executable ?? false,
    });
  });
  return files;
}
