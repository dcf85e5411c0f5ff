import { openFile } from './file.js';
import type { MigrationSession } from './migrate.js';

/** The file's own write lock lets one process at a time change the schema. */
export async function openMigrationSession(databaseUrl: string): Promise<MigrationSession> {
  const connection = openFile(databaseUrl);
  connection.exec('pragma busy_timeout = 10000');
  connection.exec(`create table if not exists "migrations" (
    "name" text primary key, "checksum" text not null, "applied_at" text not null default current_timestamp)`);
  return {
    async run(script) {
      connection.exec(script);
    },
    async applied(name) {
      const row = connection.prepare('select "checksum" from "migrations" where "name" = ?').get(name);
      return (row as { checksum: string } | undefined)?.checksum;
    },
    async record(name, checksum) {
      connection.prepare('insert into "migrations" ("name", "checksum") values (?, ?)').run(name, checksum);
    },
    async transaction(work) {
      connection.exec('begin immediate');
      try {
        const result = await work();
        connection.exec('commit');
        return result;
      } catch (error) {
        connection.exec('rollback');
        throw error;
      }
    },
    async close() {
      connection.close();
    },
  };
}
