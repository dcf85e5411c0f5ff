import path from 'node:path';
import type { Catalog } from './catalog.js';
import { catalogOf } from './compile.js';

/** The catalogue of this checkout. The build puts one in its place that is compiled already. */
export function shippedCatalog(): Catalog {
  return catalogOf(path.resolve(import.meta.dirname, '../../templates'));
}
