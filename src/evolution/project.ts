import path from 'node:path';
import { type Manifest, manifestPath, readManifest } from '../answers/manifest.js';
import { type Problem, UserError } from '../cli/errors.js';
import { version } from '../cli/version.js';
import { isInside, sameWithoutCase } from './paths.js';

/** A project that can be changed. */
export interface Project {
  /** Its folder, absolute. */
  root: string;
  manifest: Manifest;
}

/**
 * Reads a project, whose manifest anybody can have edited.
 * @param command a call that works
 * @throws UserError when the folder has none, it was made by a later version, or its manifest names files elsewhere
 */
export function readProject(directory: string, command: string): Project {
  const root = path.resolve(directory);
  const manifest = readManifest(root, { possible: 'name the folder of a project', command });
  const problems: Problem[] = [];
  const refuse = (given: string, possible: string, works = command) =>
    void problems.push({ given, possible, command: works });
  const { files, moved = {}, clashes = [] } = manifest;
  if (typeof manifest.version !== 'string' || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(manifest.version))
    refuse(manifestPath, `has a "version" that is not one: ${JSON.stringify(manifest.version)}`);
  else if (isLater(manifest.version, version))
    refuse(
      `a project of version ${manifest.version}`,
      `is newer than this program, ${version}; use that version or a later one`,
      `npx create-scalable-api@${manifest.version} update`,
    );
  if (!isTexts(files) || !isTexts(moved) || !isTexts(clashes))
    refuse(
      manifestPath,
      'has "files", "moved" or "clashes" that do not map paths to texts; take it from git',
    );
  else {
    const paths = [...Object.keys(files), ...Object.values(moved), ...clashes];
    for (const file of paths.filter((each) => !isInside(each)))
      refuse(manifestPath, `names ${JSON.stringify(file)}, which leads out of the project`);
    for (const file of sameWithoutCase(Object.keys(files)))
      refuse(manifestPath, `names ${file} twice, in different case`);
  }
  if (problems.length > 0) throw new UserError(problems);
  return { root, manifest };
}

/** Refuses a project with clashes that are not resolved. */
export function requireResolved({ manifest: { clashes = [] } }: Project): void {
  if (clashes.length === 0) return;
  throw new UserError(
    clashes.map((file) => ({
      given: file,
      possible: 'has a clash of the last update; resolve it, then',
      command: 'create-scalable-api update --continue',
    })),
  );
}

/** Whether a version comes after another, as Semantic Versioning orders them (section 11). */
export function isLater(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => {
    const [numbers = '', before = ''] = text.split('-', 2);
    return { numbers: numbers.split('.').map(Number), before };
  }) as [Ordered, Ordered];
  for (const [place, number] of a.numbers.entries())
    if (number !== b.numbers[place]) return number > (b.numbers[place] ?? 0);
  if (a.before === '' || b.before === '') return a.before === '' && b.before !== '';
  return a.before.localeCompare(b.before, 'en', { numeric: true }) > 0;
}

interface Ordered {
  numbers: number[];
  before: string;
}

function isTexts(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}
