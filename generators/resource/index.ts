import { fileURLToPath } from 'node:url';
import Generator from 'yeoman-generator';
import { loadCatalog } from '../../src/load-catalog.js';
import { render } from '../../src/render.js';
import type { GeneratorOptions } from '../options.js';

/** Writes what belongs to one resource: routes, service, repository, migration, seeds and tests. */
export default class ResourceGenerator extends Generator {
  declare options: Generator['options'] & GeneratorOptions & { resource: string };
  static resolved = fileURLToPath(import.meta.url);

  writing(): void {
    const { answers, version, files, resource } = this.options;
    for (const [path, file] of files ?? render(loadCatalog(), answers, version)) {
      if (file.resource === resource) this.writeDestination(path, file.text);
    }
  }
}
