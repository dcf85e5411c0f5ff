import {
  type Dialect,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely';

/** How statements are written; `connect.ts` runs them. */
export const dialect: Omit<Dialect, 'createDriver'> = {
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

/** Condition: a column has one of these values. They are one parameter: statements for all their numbers have one text. */
export function isOneOf(column: string, values: readonly unknown[]): RawBuilder<boolean> {
  return sql`${sql.ref(column)} = any(${values})`;
}
