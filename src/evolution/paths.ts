/**
 * The places that a project may write to, of paths that come from its manifest or its base, which anybody can have edited.
 * @returns whether a path leads to a file inside of the project, and not into its repository
 */
export function isInside(path: string): boolean {
  const parts = path.split('/');
  return (
    path !== '' &&
    !/[\\\0:]/.test(path) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..') &&
    !parts.some((part) => part.toLowerCase() === '.git')
  );
}

/** Paths that a file system which ignores case takes for one. */
export function sameWithoutCase(paths: Iterable<string>): string[] {
  const seen = new Set<string>();
  return [...paths].filter((path) => {
    const folded = path.toLowerCase();
    if (seen.has(folded)) return true;
    seen.add(folded);
    return false;
  });
}

/** A migration has a number, and is never changed or deleted after it was made. */
export function isMigration(path: string): boolean {
  return /^migrations\/(?:[^/]+\/)*\d{4}_[^/]+$/.test(path);
}
