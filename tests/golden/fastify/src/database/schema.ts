import { sql } from 'kysely';
import { inBackground } from '../background.js';
import type { Log } from '../telemetry/log.js';
import type { Database } from './database.js';
import { migrationNames } from './migrate.js';
import { db } from './queries.js';

const command = 'node dist/database/migrate-command.js';
const applied = sql<{ name: string }>`select ${sql.ref('name')} from ${sql.table('migrations')}`.compile(db);

/** Migrations of this code that the database lacks. Those of a newer version, which it may have besides, do no harm. */
async function missingMigrations(database: Database, timeoutMs: number): Promise<string[]> {
  const rows = await inBackground((context) => database.read(applied, context, true), timeoutMs).catch(
    (error: Error) => {
      // The first migration makes the table.
      if (/no such table|do(?:es not|esn't) exist/.test(error.message)) return [];
      throw error;
    },
  );
  const names = new Set(rows.map(({ name }) => name.replace(/\.sql$/, '')));
  return migrationNames().filter((name) => !names.has(name));
}

/**
 * Makes a check whether the database lacks a migration, which it logs once. It asks no more once the database had all;
 * a database that does not answer is not known to lack one.
 */
export function createSchemaCheck(database: Database, log: Log): (timeoutMs: number) => Promise<boolean> {
  let state: 'unknown' | 'behind' | 'complete' = 'unknown';
  return async (timeoutMs) => {
    if (state === 'complete') return false;
    const missing = await missingMigrations(database, timeoutMs).catch(() => undefined);
    if (!missing) return false;
    if (missing.length > 0 && state === 'unknown') log.error({ missing, command }, 'the schema is behind');
    if (missing.length === 0 && state === 'behind') log.info('the schema is up to date');
    state = missing.length > 0 ? 'behind' : 'complete';
    return state === 'behind';
  };
}
