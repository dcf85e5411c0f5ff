import path from 'node:path';
import type { Workshop } from './exercises.js';
import { readWorkshop } from './read.js';

const root = path.resolve(import.meta.dirname, '../..');

/** The workshop of this checkout. The build puts a module in the place of this one that reads it from the package. */
export function shippedWorkshop(): Workshop {
  return readWorkshop(path.join(root, 'templates'));
}

/** The folder of the built program. */
export const programFolder: string = path.join(root, 'dist');
