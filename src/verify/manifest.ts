import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.js';
import { manifestPath } from '../render.js';

/** A variable of the project's environment. */
export interface Variable {
  name: string;
  type: string;
  default?: unknown;
  /** Least value of a number. */
  min?: number;
  /** How a secret is made: `random`, `es256`. */
  make?: string;
  /** Of a URL, without colon. */
  protocols?: string[];
}

/** How a project is run, as its manifest tells. */
export interface Project {
  directory: string;
  name: string;
  buildCommand: string | undefined;
  migrateCommand: string[];
  startCommand: string[];
  startEnvironment: Record<string, string>;
  /** How many instances can run side by side. */
  instances: number;
  env: Variable[];
  /** Where programs of servers may be that come with the project, by the variable of their URL. */
  servers: { variable: string; programs: string }[];
}

/**
 * @param directory of a generated project
 * @throws UserError when there is none
 */
export function readProject(directory: string): Project {
  const file = path.join(directory, manifestPath);
  let manifest: { answers?: { project?: { name?: string } }; run?: Record<string, unknown> };
  try {
    manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw notThere(
      directory,
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `has no ${manifestPath}, which generated projects have`
        : `has a ${manifestPath} that cannot be read: ${(error as Error).message}`,
    );
  }
  const { run } = manifest;
  if (!run || !Array.isArray(run.startCommand) || !Array.isArray(run.env))
    throw notThere(directory, `has a ${manifestPath} that does not say how the project is run`);
  return {
    directory: path.resolve(directory),
    name: manifest.answers?.project?.name ?? path.basename(path.resolve(directory)),
    buildCommand: (run.commands as Record<string, string> | undefined)?.build,
    migrateCommand: run.migrateCommand as string[],
    startCommand: run.startCommand as string[],
    startEnvironment: (run.startEnvironment ?? {}) as Record<string, string>,
    instances: run.instances as number,
    env: run.env as Variable[],
    servers: (run.servers ?? []) as Project['servers'],
  };
}

function notThere(directory: string, reason: string): UserError {
  return new UserError([
    {
      given: directory,
      possible: `${reason}; give the folder of a project, or the URL of a running API`,
      command: 'create-scalable-api verify https://staging.example.com',
    },
  ]);
}
