import { UserError } from '../cli/errors.js';
import type { Catalog } from './catalog.js';
import { shippedCatalog, shippedDeclarations } from './shipped.js';

/**
 * The catalogue of this package, with the layers from outside that answers name: those of a request, or of a manifest.
 * @param directory the folder that relative folders, and installed packages, are looked for from
 * @throws UserError when layers are not there, or do not fit
 */
export async function catalogFor(
  { layers = [] }: { layers?: readonly { from: string }[] | undefined },
  directory: string,
): Promise<Catalog> {
  const shipped = shippedCatalog();
  if (!Array.isArray(layers) || layers.some((source) => typeof source?.from !== 'string'))
    throw new UserError([
      {
        given: 'answers',
        possible: 'have "layers" that are no list of {"from": "<folder or package>"}',
        command: 'create-scalable-api shop --layers ./layers',
      },
    ]);
  if (layers.length === 0) return shipped;
  // Compiling takes longer than all that a project of our own layers needs.
  const { withLayers } = await import('./outside.js');
  const found = withLayers(shipped, shippedDeclarations(), layers, directory);
  if (Array.isArray(found)) throw new UserError(found);
  return found;
}
