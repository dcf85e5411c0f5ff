import { LRUCache } from 'lru-cache';
import type { Statement } from './database.js';

export type ColumnType =
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

/** JSON name to column. */
export type Columns = Readonly<Record<string, { column: string; type: ColumnType }>>;

/** The columns that every resource has. */
export const systemColumns = {
  id: { column: 'id', type: 'uuid' },
  version: { column: 'version', type: 'integer' },
  createdAt: { column: 'created_at', type: 'datetime' },
  updatedAt: { column: 'updated_at', type: 'datetime' },
} as const satisfies Columns;

/** How a list is sorted, filtered and cut. */
export interface PageShape {
  /** JSON names to read. */
  names: readonly string[];
  /** JSON name to sort by; ties are broken by creation time and id. */
  sort: string;
  descending: boolean;
  /** JSON names that must equal a value. */
  filters: readonly string[];
  /** Whether the page starts after a position. */
  continued: boolean;
}

export function selectById(table: string, columns: Columns, names = Object.keys(columns)): Statement {
  return statement(table, `select ${list(columns, names)} from "${table}" where "id" = $1`);
}

/** Values: one for each column, in the order of `columns`. */
export function insertInto(table: string, columns: Columns): Statement {
  const names = Object.values(columns).map(({ column }) => `"${column}"`);
  const values = names.map((_, index) => `$${index + 1}`);
  const text = `insert into "${table}" (${names.join(', ')}) values (${values.join(', ')})`;
  return statement(table, `${text} returning ${list(columns, Object.keys(columns))}`);
}

/** Values: id, time of the change, the version it is meant for or null for any, then one for each of `names`. */
export function updateById(table: string, columns: Columns, names: readonly string[]): Statement {
  const sets = names.map((name, index) => `${quoted(columns, name)} = $${index + 4}`);
  const all = ['"version" = "version" + 1', '"updated_at" = $2', ...sets];
  const where = `"id" = $1 and (cast($3 as integer) is null or "version" = cast($3 as integer))`;
  const returning = list(columns, Object.keys(columns));
  return statement(table, `update "${table}" set ${all.join(', ')} where ${where} returning ${returning}`);
}

/** Values: id, the version it is meant for or null for any. */
export function deleteById(table: string): Statement {
  const where = `"id" = $1 and (cast($2 as integer) is null or "version" = cast($2 as integer))`;
  return statement(table, `delete from "${table}" where ${where} returning "id"`);
}

/** Values: the number of rows, the filters' values, then the position where the page is continued. Never an offset. */
export function selectPage(table: string, columns: Columns, shape: PageShape): Statement {
  const { names, sort, descending, filters, continued } = shape;
  const key = `${table} ${names} ${sort} ${descending} ${filters} ${continued}`;
  const known = pages.get(key);
  if (known) return known;
  const made = pageOf(table, columns, shape);
  pages.set(key, made);
  return made;
}

function pageOf(table: string, columns: Columns, shape: PageShape): Statement {
  const keys = sortKeys(shape.sort);
  const order = keys.map((name) => `${quoted(columns, name)}${shape.descending ? ' desc' : ''}`);
  const conditions = shape.filters.map((name, index) => `${quoted(columns, name)} = $${index + 2}`);
  if (shape.continued) {
    const left = keys.map((name) => quoted(columns, name));
    const right = keys.map((_, index) => `$${index + 2 + shape.filters.length}`);
    conditions.push(`(${left.join(', ')}) ${shape.descending ? '<' : '>'} (${right.join(', ')})`);
  }
  const where = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
  const selected = list(columns, [...new Set([...shape.names, ...keys])]);
  return statement(table, `select ${selected} from "${table}"${where} order by ${order.join(', ')} limit $1`);
}

/** The names whose values make a position in a list unique. */
export function sortKeys(sort: string): string[] {
  return sort === 'createdAt' ? ['createdAt', 'id'] : [sort, 'createdAt', 'id'];
}

/** The values of `names` as they are stored: times in UTC, identifiers in lower case, what is absent as null. */
export function valuesOf(columns: Columns, names: readonly string[], input: object): unknown[] {
  return names.map((name) => {
    const value = (input as Record<string, unknown>)[name] ?? null;
    if (typeof value !== 'string') return value;
    const type = columns[name]?.type;
    if (type === 'datetime') return new Date(value).toISOString();
    return type === 'uuid' || type === 'ref' ? value.toLowerCase() : value;
  });
}

/** Pages that were asked for lately: their text is not made again. */
const pages = new LRUCache<string, Statement>({ max: 500 });
const statements = new Map<string, Statement>();
/** Callers choose fields and filters: beyond this many forms, statements are no longer prepared. */
const mostPrepared = 200;

function statement(table: string, text: string): Statement {
  const known = statements.get(text);
  if (known) return known;
  if (statements.size >= mostPrepared) return { name: '', text };
  const made = { name: `${table}_${statements.size}`, text };
  statements.set(text, made);
  return made;
}

function list(columns: Columns, names: readonly string[]): string {
  return names.map((name) => `${quoted(columns, name)} as "${name}"`).join(', ');
}

function quoted(columns: Columns, name: string): string {
  const entry = columns[name];
  if (!entry) throw new Error(`no column for "${name}"`);
  return `"${entry.column}"`;
}
