import {
  type Dialect,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';

/** How statements are written; `connect.ts` runs them. */
export const dialect: Omit<Dialect, 'createDriver'> = {
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
};

/** Condition: a column has one of these values. They are one parameter: statements for all their numbers have one text. */
export function isOneOf(column: string, values: readonly unknown[]): RawBuilder<boolean> {
  return sql`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`;
}

/** An identifier as the columns of identifiers have it. */
export function identifier(text: string): string {
  return text;
}

/** A time (ISO 8601, in UTC) as the columns of times have it. */
export function time(iso: string): string {
  return iso;
}

/** Condition: the row comes after these values in the order of the columns. */
export function isAfter(
  columns: readonly string[],
  values: readonly unknown[],
  descending: boolean,
): RawBuilder<boolean> {
  const names = sql.join(columns.map((name) => sql.ref(name)));
  return sql`(${names}) ${sql.raw(descending ? '<' : '>')} (${sql.join(values)})`;
}
