import { assemble } from './assemble.js';
import { bodiesOf, type Marks } from './bodies.js';
import { Catalog } from './catalog.js';
import { helpers } from './helpers.js';
import { helperFiles, readHelpers } from './layer-helpers.js';
import { readLayers, readPresets, readVersions } from './template-files.js';

/**
 * Reads a templates folder and compiles it. The published package has the same compiled at build time.
 * @param root the folder templates/
 * @param marks what follows the lines of the sources into what is rendered
 */
export function catalogOf(root: string, marks?: Marks): Catalog {
  const layers = readLayers(root);
  const known = { ...helpers, ...readHelpers(helperFiles(root, layers)) };
  const body = bodiesOf('templates', known, marks);
  return new Catalog(
    layers.map((source) => assemble(source, body)),
    readVersions(root),
    readPresets(root),
    known,
  );
}
