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
