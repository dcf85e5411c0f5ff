import { fileURLToPath } from 'node:url';
import Generator from 'yeoman-generator';
import { loadCatalog } from '../../src/load-catalog.js';
import { type RenderedFile, render } from '../../src/render.js';
import type { GeneratorOptions } from '../options.js';
import ResourceGenerator from '../resource/index.js';

/** Makes a project from complete answers; each of its resources comes from the resource generator. */
export default class AppGenerator extends Generator {
  declare options: Generator['options'] & GeneratorOptions;
  static resolved = fileURLToPath(import.meta.url);
  #files: ReadonlyMap<string, RenderedFile> = new Map();

  async initializing(): Promise<void> {
    const { answers, version, files } = this.options;
    this.#files = files ?? render(loadCatalog(), answers, version);
    // Each generator listens to the files that all of them share.
    this.env.sharedFs.setMaxListeners(0);
    const resources = new Set([...this.#files.values()].flatMap(({ resource }) => resource ?? []));
    for (const resource of resources) {
      await this.composeWith(
        { Generator: ResourceGenerator, path: ResourceGenerator.resolved } as never,
        { generatorOptions: { answers, version, files: this.#files, resource } } as never,
      );
    }
  }

  writing(): void {
    for (const [path, { text, resource }] of this.#files) {
      if (resource === undefined) this.writeDestination(path, text);
    }
  }
}
