import path from 'node:path';
import { type RunInstructions, readManifest } from '../../answers/manifest.js';

/** A project, and how it is run. */
export interface Project extends RunInstructions {
  directory: string;
  name: string;
}

/**
 * @param directory of a generated project
 * @throws UserError when there is none
 */
export function readProject(directory: string): Project {
  const { answers, run } = readManifest(directory, {
    possible: 'give the folder of a project, or the URL of a running API',
    command: 'create-scalable-api verify https://staging.example.com',
  });
  return { ...run, directory: path.resolve(directory), name: answers.project.name };
}
