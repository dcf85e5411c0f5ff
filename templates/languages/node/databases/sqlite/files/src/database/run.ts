import type { CompiledQuery } from 'kysely';
import type Database from 'libsql';
import { LRUCache } from 'lru-cache';
import { propertyOf } from './queries.js';

interface Prepared {
  statement: Database.Statement;
  /** Properties of its rows; what is 0 or 1 in the file may be a boolean in the API. */
  columns: { name: string; property: string; isBoolean: boolean }[];
}

/** Callers choose fields and filters: statements beyond this many are prepared again. */
const mostPrepared = 200;

/** Runs statements on a connection; each text is prepared once. */
export function createRunner(connection: Database.Database) {
  const prepared = new LRUCache<string, Prepared>({ max: mostPrepared });

  function prepare(sql: string): Prepared {
    const known = prepared.get(sql);
    if (known) return known;
    const statement = connection.prepare(sql);
    const described = /^\s*select|\breturning\b/i.test(sql) ? statement.columns() : [];
    const columns = described.map(({ name, type }) => ({
      name,
      property: propertyOf(name),
      isBoolean: type?.toLowerCase() === 'boolean',
    }));
    prepared.set(sql, { statement, columns });
    return { statement, columns };
  }

  return <Row>({ sql, parameters }: CompiledQuery<Row>): Row[] => {
    const { statement, columns } = prepare(sql);
    const bound = parameters.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    if (columns.length === 0) {
      statement.run(...bound);
      return [];
    }
    const rows = statement.all(...bound) as Record<string, unknown>[];
    return rows.map((row) => {
      const read = (name: string, isBoolean: boolean) =>
        isBoolean && row[name] !== null ? row[name] === 1 : row[name];
      return Object.fromEntries(
        columns.map(({ name, property, isBoolean }) => [property, read(name, isBoolean)]),
      ) as Row;
    });
  };
}
