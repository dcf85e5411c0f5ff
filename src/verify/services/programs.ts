import fs from 'node:fs';
import path from 'node:path';

/** Folders in which programs may be, the likeliest first: those given, PATH, and those of packages. */
export function foldersOfPrograms(given: readonly string[], usual: readonly string[]): string[] {
  const onPath = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return [...new Set([...given, ...onPath, ...usual])];
}

/**
 * The first folder that has all those programs, or undefined.
 * @param fits may refuse a folder that has them
 */
export function folderWith(
  names: readonly string[],
  folders: readonly string[],
  fits: (folder: string) => boolean = () => true,
): string | undefined {
  return folders.find((folder) => names.every((name) => isFile(path.join(folder, name))) && fits(folder));
}

/** Folders of that name below each version in a folder, the newest version first: `/usr/lib/postgresql/17/bin`. */
export function versionFolders(parent: string, version: RegExp, below: string): string[] {
  if (!fs.existsSync(parent)) return [];
  return fs
    .readdirSync(parent)
    .filter((name) => version.test(name))
    .sort((a, b) => Number(/\d+/.exec(b)) - Number(/\d+/.exec(a)))
    .map((name) => path.join(parent, name, below));
}

function isFile(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
