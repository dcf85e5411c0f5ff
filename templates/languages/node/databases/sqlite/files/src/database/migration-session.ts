import { openFile } from './file.js';
import type { MigrationSession } from './migrate.js';

/** Quoted text, comments and the ends of statements; what is in none of them is skipped. */
const marks = /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--.*|\/\*[\s\S]*?\*\/|;/g;
const blank = /^(?:\s|--.*|\/\*[\s\S]*?\*\/)*/;
const trigger = /^create\s+(?:temp\w*\s+)?trigger\b/i;

/** The statements of a script, each with the line on which it begins. */
function statementsOf(script: string): { sql: string; line: number }[] {
  const found: { sql: string; line: number }[] = [];
  let start = 0;
  const ends = [...script.matchAll(marks)].filter(([mark]) => mark === ';').map(({ index }) => index + 1);
  for (const end of [...ends, script.length]) {
    const text = script.slice(start, end);
    const sql = text.replace(blank, '');
    // The statements of a trigger belong to it.
    if (trigger.test(sql) && !/\bend\s*;$/i.test(sql) && end < script.length) continue;
    if (sql !== '') found.push({ sql, line: script.slice(0, end - sql.length).split('\n').length });
    start = end;
  }
  return found;
}

/** The file's own write lock lets one process at a time change the schema. */
export async function openMigrationSession(databaseUrl: string): Promise<MigrationSession> {
  const connection = openFile(databaseUrl);
  connection.exec('pragma busy_timeout = 10000');
  // Otherwise a table that is copied and dropped would take the rows that refer to it along.
  connection.exec('pragma foreign_keys = off');
  connection.exec(`create table if not exists "migrations" (
    "name" text primary key, "checksum" text not null, "applied_at" text not null default current_timestamp)`);
  // Statements one by one, as an error of libSQL does not tell where it is.
  async function run(script: string): Promise<void> {
    for (const { sql, line } of statementsOf(script)) {
      try {
        connection.exec(sql);
      } catch (error) {
        throw Object.assign(error as Error, { scriptLine: line });
      }
    }
  }

  return {
    run,
    runAlone: run,
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
        const [lost] = connection.prepare('pragma foreign_key_check').all() as {
          table: string;
          parent: string;
        }[];
        if (lost) throw new Error(`a row of ${lost.table} refers to one that ${lost.parent} does not have`);
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
