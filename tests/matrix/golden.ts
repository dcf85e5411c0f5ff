import path from 'node:path';
import { resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { type RenderedFile, render } from '../../src/render/render.js';

export const goldenFolder = path.resolve(import.meta.dirname, '../golden');

/** The default project of each framework, by the name of the framework. */
export function goldenProjects(): Map<string, Map<string, RenderedFile>> {
  const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
  return new Map(
    catalog
      .values('framework')
      .map(({ name: framework }) => [framework, render(resolvedWith(catalog, { framework }), '0.0.0')]),
  );
}
