import path from 'node:path';
import type { Exercise } from './exercises.js';
import { readExercises } from './read.js';

const root = path.resolve(import.meta.dirname, '../..');

/** The exercises of this checkout. The build puts a module in the place of this one that reads them from the package. */
export function shippedExercises(): Exercise[] {
  return readExercises(path.join(root, 'templates'));
}

/** The folder of the built program. */
export const programFolder: string = path.join(root, 'dist');
