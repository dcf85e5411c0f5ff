import { CamelCasePlugin, DummyDriver, Kysely, type RawBuilder, sql } from 'kysely';
import type { Filter } from '../http/list-query.js';
import { dialect, identifier, isAfter, isOneOf, time } from './dialect.js';

/** Rows of each table, as statements take and give them. A module that has a table adds it here. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by modules
export interface Tables {}

/**
 * Builds statements. The database runs them for a request: with its deadline, on a replica or in its transaction
 * (https://kysely.dev/docs/recipes/splitting-query-building-and-execution). Names in camelCase are columns in snake_case.
 */
export const db = new Kysely<Tables>({
  dialect: { ...dialect, createDriver: () => new DummyDriver() },
  plugins: [new CamelCasePlugin({ underscoreBetweenUppercaseLetters: true })],
});

/** The property of a row that a column becomes: `createdAt` of `created_at`. */
export function propertyOf(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The fields that a caller may set, including optional ones. */
export type AllFields<Input> = Required<Input>;

/** Sort keys whose values make a position in a list unique: ties are broken by creation time and id. */
export function sortKeys(sort: string): string[] {
  return sort === 'createdAt' ? ['createdAt', 'id'] : [sort, 'createdAt', 'id'];
}

/** Condition: the row comes after a position in the order of a list. Never an offset. */
export function comesAfter(
  types: FieldTypes,
  position: readonly unknown[],
  sort: string,
  descending: boolean,
): RawBuilder<boolean> {
  const keys = sortKeys(sort);
  const values = keys.map((name, place) => canonical(types[name], position[place]));
  return isAfter(keys, values, descending);
}

const comparisons = { eq: '=', gte: '>=', lt: '<' };

/** Condition: the row is what a filter asks for. */
export function matches(types: FieldTypes, { name, operator, value }: Filter): RawBuilder<boolean> {
  const wanted = [value].flat().map((each) => canonical(types[name], each));
  if (operator === 'in') return isOneOf(name, wanted);
  return sql`${sql.ref(name)} ${sql.raw(comparisons[operator])} ${wanted[0]}`;
}

type FieldType =
  | 'string'
  | 'text'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'enum'
  | 'uuid'
  | 'date'
  | 'datetime'
  | 'ref';

/** Types of fields by name. */
export type FieldTypes<Name extends string = string> = Readonly<Record<Name, FieldType>>;

/** A row as it is stored: times in UTC, identifiers in lower case. */
export function stored<Row extends object>(types: FieldTypes, row: Row): Row {
  const values = Object.entries(row).map(([name, value]) => [name, canonical(types[name], value)]);
  return { ...row, ...Object.fromEntries(values) };
}

function canonical(type: FieldType | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'datetime') return time(new Date(value).toISOString());
  return type === 'uuid' || type === 'ref' ? identifier(value.toLowerCase()) : value;
}
