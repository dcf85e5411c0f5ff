import path from 'node:path';
import { type RunInstructions, readManifest } from '../../answers/manifest.js';
import { verifyFile } from '../contract/names.js';
import type { Description } from '../described/description.js';
import { runOf } from '../described/project.js';
import { readVerifyFile } from '../described/read.js';
import type { Containers } from './container.js';

/** A project, and how it is run. */
export interface Project extends RunInstructions {
  directory: string;
  name: string;
  /** Of a project that verify.yaml describes: where it differs from generated ones. */
  described?: Description;
  /** Of its image, if it is run as one. */
  containers?: Containers;
}

/**
 * @param directory of a project: its verify.yaml says how it is run, else the manifest of the generator
 * @throws UserError when there is none
 */
export function readProject(directory: string): Project {
  const described = readVerifyFile(directory);
  const place = path.resolve(directory);
  if (described) return { ...runOf(described), directory: place, name: path.basename(place), described };
  const { answers, run } = readManifest(directory, {
    possible: `give the folder of a project, say in its ${verifyFile} how it is run, or give the URL of a running API`,
    command: 'create-scalable-api verify https://staging.example.com',
  });
  return { ...run, directory: place, name: answers.project.name };
}
