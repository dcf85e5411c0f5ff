import { closestMatch } from 'leven';

/** Of the names that are known the one that was probably meant: at most a third of its letters differ. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const maxDistance = Math.max(2, Math.floor(given.length / 3));
  return closestMatch(given, known, { maxDistance });
}

/** `must be one of a, b; did you mean a?` */
export function mustBeOneOf(given: string, known: readonly string[]): string {
  const meant = nearest(given, known);
  return `must be one of ${known.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
