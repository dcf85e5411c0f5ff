import { hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../cli/errors.js';
import type { Answers } from './answers.js';

/** The file in a project that records how it was generated. */
export const manifestPath = '.scalable-api.json';

/** A variable of the project's environment. */
export interface Variable {
  name: string;
  type: string;
  default?: unknown;
  /** Least value of a number. */
  min?: number;
  /** Greatest value of a number. */
  max?: number;
  /** How a secret is made: `random`, `es256`. */
  make?: string;
  /** Of a URL, without colon. */
  protocols?: string[];
}

/** How to run a project, in any language. */
export interface RunInstructions {
  /** Shell commands, by their purpose. */
  commands: Record<string, string>;
  migrateCommand: string[];
  startCommand: string[];
  startEnvironment: Record<string, string>;
  /** How many instances can run side by side. */
  instances: number;
  /** Tiers of the contract whose rows the load balancer holds: `server`, `edge`. */
  leftToBalancer?: string[];
  env: Variable[];
  /** Commands that print the folder with the programs of a server, by the variable of its URL. */
  servers: { variable: string; programs: string[] }[];
}

/** How a project was generated. */
export interface Manifest {
  generator: 'create-scalable-api';
  /** Of the generator. */
  version: string;
  answers: Answers;
  run: RunInstructions;
  /** The first 128 bits of the SHA-256 of each rendered file, by path. */
  files: Record<string, string>;
}

export const runSlots = [
  'commands',
  'migrateCommand',
  'startCommand',
  'startEnvironment',
  'instances',
  'leftToBalancer',
  'env',
  'servers',
] as const satisfies readonly (keyof RunInstructions)[];

/**
 * The text of the manifest of a project.
 * @param version of the generator
 * @param files rendered, by path
 * @param slots of which it keeps how the project is run
 */
export function manifestText(
  answers: Answers,
  version: string,
  files: ReadonlyMap<string, { text: string }>,
  slots: Readonly<Record<string, unknown>>,
): string {
  const hashes = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, { text }]) => [file, hash('sha256', text).slice(0, 32)]);
  const manifest: Manifest = {
    generator: 'create-scalable-api',
    version,
    answers,
    run: Object.fromEntries(runSlots.map((slot) => [slot, slots[slot]])) as unknown as RunInstructions,
    files: Object.fromEntries(hashes),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * Reads the manifest of a project.
 * @param possible what to give instead of a folder without one, and `command`, a call that works
 * @throws UserError when the folder has no manifest, or it cannot be read
 */
export function readManifest(
  directory: string,
  { possible, command }: { possible: string; command: string },
): Manifest {
  const refuse = (reason: string) =>
    new UserError([{ given: directory, possible: `${reason}; ${possible}`, command }]);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(fs.readFileSync(path.join(directory, manifestPath), 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw refuse(
      code === 'ENOENT'
        ? `has no ${manifestPath}, which generated projects have`
        : `has a ${manifestPath} that cannot be read: ${message}`,
    );
  }
  const { run, answers } = manifest ?? {};
  if (!Array.isArray(run?.startCommand) || !Array.isArray(run.env) || typeof answers !== 'object')
    throw refuse(`has a ${manifestPath} that does not say how the project is run`);
  return manifest;
}
