import type { Problem } from '../cli/errors.js';
import { type GivenResource, numbersOf } from './history.js';
import type { Names } from './names.js';

/** Suffixes of the schemas of a resource in the OpenAPI document. */
const companions = ['Input', 'Patch', 'Page', 'Selection', 'SelectionPage', 'Included'];

/** What would stand twice with these resources in one project: folders, tables, types or schemas. */
export function resourceClashes(all: readonly Names[]): Problem[] {
  const twice = repeated(all.map(({ singular }) => singular));
  // "axe" and "axis" have one plural.
  const plurals = repeated(
    all.filter(({ singular }) => !twice.includes(singular)).map(({ plural }) => plural),
  );
  const owners = new Map(
    all.flatMap(({ pascal, singular }) => companions.map((suffix) => [pascal + suffix, singular])),
  );
  return [
    ...[...twice, ...plurals].map((name) => ({
      given: `two resources named "${name}"`,
      possible: 'give each its own name',
    })),
    ...all
      .filter(({ pascal }) => owners.has(pascal))
      .map(({ pascal, singular }) => ({
        given: `resource name "${singular}"`,
        possible: `"${owners.get(pascal)}" has a schema ${pascal} already; choose another name`,
      })),
  ];
}

/** Two resources with one number, as when two branches are merged that each made one. */
export function numberClashes(given: readonly GivenResource[]): Problem[] {
  const numbers = given.flatMap((entry) => (typeof entry === 'string' ? [] : numbersOf(entry)));
  return repeated(numbers).map((number) => ({
    given: `two migrations with the number ${number}`,
    possible:
      'give the later one a higher number: in the manifest, in the names of its files and in what refers to it',
  }));
}

/** The names that are there more than once. */
export function repeated<Name>(names: readonly Name[]): Name[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
