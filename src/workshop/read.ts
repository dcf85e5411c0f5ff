import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Exercise, Fault, Workshop } from './exercises.js';

/**
 * Reads what workshops are made of, below a templates folder: the texts of exercises, and the fault of each from the layers. Used
 * by the build and the tests; the published package carries the result.
 * @throws Error when a fault belongs to no exercise
 */
export function readWorkshop(templates: string): Workshop {
  const read = (file: string) => parse(fs.readFileSync(path.join(templates, file), 'utf8'));
  const exercises: Exercise[] = read('workshop/exercises.yaml').map((exercise: Exercise) => ({
    ...exercise,
    faults: {},
  }));
  const files = fs.readdirSync(templates, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => path.basename(name) === 'faults.yaml').sort()) {
    const layer = path.dirname(file).split(path.sep).join('/');
    for (const [id, fault] of Object.entries(read(file) as Record<string, Fault>)) {
      const exercise = exercises.find((each) => each.id === id);
      if (!exercise) throw new Error(`templates/${file}: there is no exercise "${id}"`);
      Object.assign(exercise.faults, { [layer]: fault });
    }
  }
  return { exercises, leftOut: read('workshop/left-out.yaml') };
}
