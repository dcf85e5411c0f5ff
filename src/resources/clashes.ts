import type { Problem } from '../cli/errors.js';
import { type GivenResource, numbersOf } from './history.js';
import { longestName, type Names } from './names.js';
import type { Column } from './table.js';

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

/** What a column can have a constraint for, by the last word of its name. */
const kinds = {
  key: ({ unique }: Column) => unique,
  check: ({ check }: Column) => check !== '',
  fkey: ({ refers }: Column) => refers !== undefined,
  present: () => false,
  mirror: ({ replaces }: Column) => replaces !== undefined,
};

type Kind = keyof typeof kinds;

/** The names of the constraints of a column by their kind, as the strictest database gives them: the longer of both names is cut. */
export function constraintNames(table: string, column: string): Record<Kind, string> {
  const name = (kind: string) => {
    let [first, second] = [table, column];
    while (first.length + second.length + kind.length + 2 > longestName)
      if (first.length > second.length) first = first.slice(0, -1);
      else second = second.slice(0, -1);
    return `${first}_${second}_${kind}`;
  };
  return Object.fromEntries(Object.keys(kinds).map((kind) => [kind, name(kind)])) as Record<Kind, string>;
}

/** The table of a resource. */
export interface Table extends Pick<Names, 'singular' | 'table'> {
  columns: readonly Column[];
}

/** Constraints that would get the name of another one; those that have been there before, whose names a database has made distinct, aside. */
export function constraintClashes(before: readonly Table[], after: readonly Table[]): Problem[] {
  const known = columnsByConstraint(before);
  return [...columnsByConstraint(after)].flatMap(([name, [first, ...others]]) =>
    (known.get(name)?.length ?? 0) > 1
      ? []
      : others.map(({ singular, field }) => ({
          given: `resource "${singular}", field "${field}"`,
          possible: `would have a constraint ${name} in the database, as the field "${first!.field}" of "${first!.singular}" has; choose another name`,
        })),
  );
}

function columnsByConstraint(tables: readonly Table[]) {
  const found = new Map<string, { singular: string; field: string }[]>();
  for (const { singular, table, columns } of tables)
    for (const column of columns)
      for (const [kind, name] of Object.entries(constraintNames(table, column.column)))
        if (kinds[kind as Kind](column))
          found.set(name, [...(found.get(name) ?? []), { singular, field: column.name }]);
  return found;
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
