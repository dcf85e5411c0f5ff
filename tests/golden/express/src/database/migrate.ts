import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { openMigrationSession } from './migration-session.js';

const projectFolder = new URL('../../', import.meta.url);

/** A connection that only changes the schema, one at a time over all processes. */
export interface MigrationSession {
  /** Runs a script of several statements. */
  run(script: string): Promise<void>;
  /** The checksum recorded for a migration, if it has been applied. */
  applied(name: string): Promise<string | undefined>;
  record(name: string, checksum: string): Promise<void>;
  /** Runs `work` in a transaction that no other session runs at the same time. */
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Applies the files of migrations/ that have not been applied, in the order of their names, each in a transaction of
 * its own. Any number of processes may do this at once; each file is applied by one of them.
 * @returns the names of the files applied by this call
 * @throws Error when a file was changed after it had been applied, or its SQL fails
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const session = await openMigrationSession(databaseUrl);
  try {
    const done: string[] = [];
    for (const { name, script } of scripts('migrations')) {
      const checksum = checksumOf(script);
      const applied = await session.transaction(async () => {
        const recorded = await session.applied(name);
        if (recorded === checksum) return false;
        if (recorded)
          throw new Error(
            `migrations/${name} was changed after it had been applied: add a new file instead, or delete the data of development with the command "reset"`,
          );
        await runFile(session, `migrations/${name}`, script);
        await session.record(name, checksum);
        return true;
      });
      if (applied) done.push(name);
    }
    return done;
  } finally {
    await session.close();
  }
}

/**
 * Runs the files of seeds/: sample rows for development, which are left alone where they are there already.
 * @param files `new` leaves out those that have been run as they are
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
        await runFile(session, `seeds/${name}`, script);
        if (!recorded) await session.record(entry, checksumOf(script));
      });
    }
  } finally {
    await session.close();
  }
}

/** @throws Error with the file and, where the database tells it, the line */
async function runFile(session: MigrationSession, file: string, script: string): Promise<void> {
  try {
    await session.run(script);
  } catch (error) {
    const { message, position } = error as Error & { position?: string };
    const line = position && script.slice(0, Number(position)).split('\n').length;
    throw new Error(`${file}${line ? `, line ${line}` : ''}: ${message}`, { cause: error });
  }
}

function checksumOf(script: string): string {
  return createHash('sha256').update(script).digest('hex');
}

function scripts(folder: 'migrations' | 'seeds'): { name: string; script: string }[] {
  const path = new URL(`${folder}/`, projectFolder);
  return readdirSync(path)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, script: readFileSync(new URL(name, path), 'utf8') }));
}
