import type { CompiledQuery } from 'kysely';
import type Database from 'libsql';
import { ConstraintError } from './database.js';
import { propertyOf } from './queries.js';

type Run = (query: CompiledQuery<Record<string, unknown>>) => Record<string, unknown>[];

interface Reference {
  /** Table and column that refer. */
  child: string;
  column: string;
  parent: string;
  target: string;
}

const referencesOf = `select tables.name as child, keys."from" as "column", keys."table" as parent, keys."to" as target
  from sqlite_schema as tables, pragma_foreign_key_list(tables.name) as keys
  where tables.type = 'table' and ? in (tables.name, keys."table")`;

/**
 * The reference that a statement breaks. SQLite does not tell: the statement is run again with the check put off, and
 * the rows that it returns are looked up.
 */
export function brokenReference(
  connection: Database.Database,
  run: Run,
  query: CompiledQuery,
  cause: unknown,
): ConstraintError {
  const table = /^\s*(?:insert into|update|delete from) "?(\w+)/i.exec(query.sql)?.[1] ?? '';
  const deletes = /^\s*delete/i.test(query.sql);
  const references = connection.prepare(referencesOf).all(table) as Reference[];
  const hasRow = (of: string, column: string, value: unknown) =>
    connection.prepare(`select 1 from "${of}" where "${column}" = ? limit 1`).get(value) !== undefined;
  connection.exec('savepoint reference; pragma defer_foreign_keys = on');
  try {
    const rows = run({ ...query, query: query.query } as CompiledQuery<Record<string, unknown>>);
    const broken = references.find(({ child, column, parent, target }) =>
      rows.some((row) => {
        if (deletes) return parent === table && hasRow(child, column, row[propertyOf(target)]);
        const value = row[propertyOf(column)];
        return child === table && value !== null && value !== undefined && !hasRow(parent, target, value);
      }),
    );
    const key = { table: broken?.child ?? '', columns: broken ? [broken.column] : [] };
    return new ConstraintError(deletes ? 'referenced' : 'missing', key, { cause });
  } finally {
    connection.exec('rollback to reference; release reference; pragma defer_foreign_keys = off');
  }
}
