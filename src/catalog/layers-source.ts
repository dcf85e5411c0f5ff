import path from 'node:path';

/** Layers from outside of this package, as answers and manifests record them. */
export interface LayersSource {
  /** A folder, which begins with `.` or is absolute, or the name of a package. A relative folder is seen from the project. */
  from: string;
  /** Of the package. */
  version?: string;
  /** The first 128 bits of the SHA-256 of everything that was read. */
  hash: string;
}

/**
 * Where layers stand, seen from another folder. Packages and absolute folders are the same from everywhere.
 * @param from as given
 * @param base the folder that it was given in
 * @param folder the one that it is seen from
 */
export function seenFrom(folder: string, from: string, base = '.'): string {
  if (!from.startsWith('.')) return from;
  const relative = path.relative(folder, path.resolve(base, from)).split(path.sep).join('/');
  return /^\.\.?(\/|$)/.test(relative) || path.isAbsolute(relative) ? relative : `./${relative}`;
}
