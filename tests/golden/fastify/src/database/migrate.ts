import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { openMigrationSession } from './migration-session.js';

const projectFolder = new URL('../../', import.meta.url);
/** The first line of a file that no transaction can hold, as one with `create index concurrently`. */
const noTransaction = /^-- no-transaction\b/;

/** A connection that only changes the schema, one at a time over all processes. */
export interface MigrationSession {
  /** Runs a script of several statements. @throws Error, with `scriptLine` where it is known */
  run(script: string): Promise<void>;
  /** Runs a script outside of a transaction. @throws as `run`; the message says what a failure half-way has left */
  runAlone(script: string): Promise<void>;
  /** The checksum recorded for a migration, if it has been applied. */
  applied(name: string): Promise<string | undefined>;
  record(name: string, checksum: string): Promise<void>;
  /**
   * Runs `work` in a transaction that no other session runs at the same time: again, from its beginning, when a lock
   * was not to be had. Requests queue behind a statement that waits for a lock, so it waits for a moment only.
   */
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Names of the files of migrations/, without extension, in the order in which they are applied. */
export function migrationNames(): string[] {
  return scripts('migrations').map(({ name }) => name.replace(/\.sql$/, ''));
}

/**
 * Applies the files of migrations/ that have not been applied, in the order of their names, each in a transaction of
 * its own unless its first line is `-- no-transaction`. Any number of processes may do this at once; each file is
 * applied by one of them.
 * @returns the names of the files applied by this call
 * @throws Error when a file was changed after it had been applied, or its SQL fails
 */
export async function migrate(databaseUrl: string, folder = projectFolder): Promise<string[]> {
  const session = await openMigrationSession(databaseUrl);
  try {
    const done: string[] = [];
    for (const { name, script } of scripts('migrations', folder)) {
      const checksum = checksumOf(script);
      const alone = noTransaction.test(script);
      const apply = async () => {
        const recorded = await session.applied(name);
        if (recorded === checksum) return false;
        if (recorded)
          throw new Error(
            `migrations/${name} was changed after it had been applied: add a new file instead, or delete the data of development with the command "reset"`,
          );
        const run = alone ? session.runAlone : session.run;
        await run(script).catch(nameFile(`migrations/${name}`));
        await session.record(name, checksum);
        return true;
      };
      if (await (alone ? apply() : session.transaction(apply))) done.push(name);
    }
    return done;
  } finally {
    await session.close();
  }
}

/**
 * Runs the files of seeds/: sample rows for development, which are left alone where they are there already.
 * @param files `new` leaves out files that have been run in this form
 * @throws Error when the SQL of a file fails
 */
export async function seed(databaseUrl: string, files: 'all' | 'new' = 'all'): Promise<void> {
  const session = await openMigrationSession(databaseUrl);
  try {
    for (const { name, script } of scripts('seeds')) {
      const entry = `seeds/${name} ${checksumOf(script)}`;
      await session.transaction(async () => {
        const recorded = await session.applied(entry);
        if (recorded && files === 'new') return;
        await session.run(script).catch(nameFile(`seeds/${name}`));
        if (!recorded) await session.record(entry, checksumOf(script));
      });
    }
  } finally {
    await session.close();
  }
}

/** Says which file failed and, where it is known, on which line. */
function nameFile(file: string) {
  return (error: Error & { scriptLine?: number }) => {
    throw new Error(`${file}${error.scriptLine ? `, line ${error.scriptLine}` : ''}: ${error.message}`, {
      cause: error,
    });
  };
}

function checksumOf(script: string): string {
  return createHash('sha256').update(script).digest('hex');
}

function scripts(folder: 'migrations' | 'seeds', parent = projectFolder): { name: string; script: string }[] {
  const path = new URL(`${folder}/`, parent);
  return readdirSync(path)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, script: readFileSync(new URL(name, path), 'utf8') }));
}
