import type { Problem } from '../cli/errors.js';
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

/** The names that are there more than once. */
export function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
