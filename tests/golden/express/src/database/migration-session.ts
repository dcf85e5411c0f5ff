import { Client } from './client.js';
import type { MigrationSession } from './migrate.js';

/** Any number will do that no other program on the same database uses. */
const lockId = 72_707_369;
const connectTimeoutMs = 10_000;

/** Waits until it alone may change the schema. */
export async function openMigrationSession(databaseUrl: string): Promise<MigrationSession> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: connectTimeoutMs });
  await client.connect();
  await client.speakUtc();
  await client.query('select pg_advisory_lock($1)', [lockId]);
  await client.query(`create table if not exists "migrations" (
    "name" text primary key, "checksum" text not null, "applied_at" timestamptz not null default now())`);
  return {
    async run(script) {
      await client.query(script);
    },
    async applied(name) {
      const { rows } = await client.query('select "checksum" from "migrations" where "name" = $1', [name]);
      return rows[0]?.checksum;
    },
    async record(name, checksum) {
      await client.query('insert into "migrations" ("name", "checksum") values ($1, $2)', [name, checksum]);
    },
    async transaction(work) {
      await client.query('begin');
      try {
        const result = await work();
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    },
    // The end of the session gives the lock back.
    close: () => client.end(),
  };
}
