import path from 'node:path';
import { faultOf } from '../../../src/workshop/exercises.js';
import { readWorkshop } from '../../../src/workshop/read.js';
import type { Mutant } from './mutant.js';

const { exercises } = readWorkshop(path.resolve(import.meta.dirname, '../../../templates'));
const layers = {
  fastify: [{ id: 'languages/node' }, { id: 'languages/node/frameworks/fastify' }],
  express: [{ id: 'languages/node' }, { id: 'languages/node/frameworks/express' }],
  fastapi: [{ id: 'languages/python' }, { id: 'languages/python/frameworks/fastapi' }],
};

/** Makes mutants of built projects of a framework from the faults that exercises of the workshop plant into their sources. */
export function exerciseOf(framework: keyof typeof layers) {
  return (id: string, name: string, also?: string[]): Mutant => {
    const exercise = exercises.find((each) => each.id === id)!;
    const { file, from, to } = faultOf(exercise, layers[framework]);
    const built = file.replace(/^src\/(.*)\.ts$/, 'dist/$1.js');
    return { row: exercise.row, name, file: built, from, to, ...(also ? { also } : {}) };
  };
}
