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
  /** None where there are no jobs. */
  workerCommand?: string[] | null;
  startEnvironment: Record<string, string>;
  /** What creates API keys, where callers have them; followed by `create`, pairs of name and role, and `--json`. */
  keyCommand?: string[];
  /** How a text is formatted, by the end of its file's name; `{file}` stands for its path. */
  formatCommands?: Record<string, string[]>;
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
  /** Of this file. */
  format: 2;
  /** Of the generator. */
  version: string;
  answers: Answers;
  run: RunInstructions;
  /** Files that an update could not merge, until they are resolved. */
  clashes?: string[];
  /** Where the owner of the project has moved files, by the path that they are rendered at. */
  moved?: Record<string, string>;
  /** The first 128 bits of the SHA-256 of each rendered file, by path; ` +x` follows for one that can be executed. */
  files: Record<string, string>;
}

/** The hash of a file as the manifest has it: the first 128 bits of its SHA-256, as hexadecimal digits. */
export function hashOf(text: string | Uint8Array): string {
  return hash('sha256', text).slice(0, 32);
}

/** A file as it was rendered. */
export interface ManifestEntry {
  hash: string;
  executable: boolean;
}

export const runSlots = [
  'commands',
  'migrateCommand',
  'startCommand',
  'workerCommand',
  'keyCommand',
  'startEnvironment',
  'formatCommands',
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
  files: ReadonlyMap<string, { text: string; executable: boolean }>,
  slots: Readonly<Record<string, unknown>>,
): string {
  const manifest: Manifest = {
    generator: 'create-scalable-api',
    format: 2,
    version,
    answers,
    run: Object.fromEntries(runSlots.map((slot) => [slot, slots[slot]])) as unknown as RunInstructions,
    files: filesOf(
      [...files].map(([file, { text, executable }]) => [file, { hash: hashOf(text), executable }]),
    ),
  };
  return serialized(manifest);
}

/**
 * A manifest with other files, clashes or moves.
 * @param entries the files as they were rendered, by path
 */
export function changedManifest(
  manifest: Manifest,
  entries: ReadonlyMap<string, ManifestEntry>,
  { clashes, moved }: { clashes: readonly string[]; moved: ReadonlyMap<string, string> },
): string {
  const { generator, format, version, answers, run } = manifest;
  return serialized({
    ...{ generator, format, version, answers, run },
    ...(clashes.length > 0 ? { clashes: [...clashes].sort() } : {}),
    ...(moved.size > 0 ? { moved: Object.fromEntries([...moved].sort()) } : {}),
    files: filesOf([...entries]),
  });
}

/** The files of a manifest, by path. One of an earlier format does not say which can be executed: none, then. */
export function entriesOf(manifest: Pick<Manifest, 'files'>): Map<string, ManifestEntry> {
  return new Map(
    Object.entries(manifest.files).map(([file, entry]) => {
      const [hash = '', run] = entry.split(' ');
      return [file, { hash, executable: run === '+x' }];
    }),
  );
}

function filesOf(entries: readonly (readonly [string, ManifestEntry])[]): Record<string, string> {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([file, { hash, executable }]) => [file, executable ? `${hash} +x` : hash]),
  );
}

function serialized(manifest: Manifest): string {
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
