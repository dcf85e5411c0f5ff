import type Database from 'libsql';
import type { Statement } from './database.js';

interface Prepared {
  statement: Database.Statement;
  /** Columns that are 0 or 1 in the file and boolean in the API. */
  booleans: string[];
  returnsRows: boolean;
}

/** Runs statements on a connection; each text is prepared once. */
export function createRunner(connection: Database.Database) {
  const prepared = new Map<string, Prepared>();

  function prepare({ name, text }: Statement): Prepared {
    const known = prepared.get(text);
    if (known) return known;
    // SQLite numbers its parameters ?1, ?2, …
    const statement = connection.prepare(text.replace(/\$(\d+)/g, '?$1'));
    const returnsRows = /^\s*select|\breturning\b/i.test(text);
    const columns = returnsRows ? statement.columns() : [];
    const booleans = columns
      .filter(({ type }) => type?.toLowerCase() === 'boolean')
      .map((column) => column.name);
    const made = { statement, booleans, returnsRows };
    if (name !== '') prepared.set(text, made);
    return made;
  }

  return <Row>(sql: Statement, values: readonly unknown[]): Row[] => {
    const { statement, booleans, returnsRows } = prepare(sql);
    const bound = values.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    if (!returnsRows) {
      statement.run(...bound);
      return [];
    }
    const rows = statement.all(...bound) as Record<string, unknown>[];
    for (const row of rows) {
      for (const name of booleans) if (row[name] !== null) row[name] = row[name] === 1;
    }
    return rows as Row[];
  };
}
