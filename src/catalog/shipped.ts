import path from 'node:path';
import type { Catalog } from './catalog.js';
import { catalogOf } from './compile.js';
import type { SlotDeclaration } from './layer.js';
import { readLayers } from './template-files.js';

const templates = path.resolve(import.meta.dirname, '../../templates');

let catalog: Catalog | undefined;
let declarations: Record<string, Record<string, SlotDeclaration>> | undefined;

/** The catalogue of this checkout. The build puts one in its place that is compiled already. */
export function shippedCatalog(): Catalog {
  catalog ??= catalogOf(templates);
  return catalog;
}

/** The slots that each layer of it declares, by name: what layers from outside are checked by. */
export function shippedDeclarations(): Record<string, Record<string, SlotDeclaration>> {
  declarations ??= Object.fromEntries(readLayers(templates).map(({ id, declares }) => [id, declares]));
  return declarations;
}
