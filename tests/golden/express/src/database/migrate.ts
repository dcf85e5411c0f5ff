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
      const checksum = createHash('sha256').update(script).digest('hex');
      const applied = await session.transaction(async () => {
        const recorded = await session.applied(name);
        if (recorded === checksum) return false;
        if (recorded)
          throw new Error(`migrations/${name} was changed after it had been applied: add a new file instead`);
        await session.run(script);
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

/** Runs the files of seeds/: sample rows for development, which are left alone where they are there already. */
export async function seed(databaseUrl: string): Promise<void> {
  const session = await openMigrationSession(databaseUrl);
  try {
    for (const { script } of scripts('seeds')) await session.transaction(() => session.run(script));
  } finally {
    await session.close();
  }
}

function scripts(folder: 'migrations' | 'seeds'): { name: string; script: string }[] {
  const path = new URL(`${folder}/`, projectFolder);
  return readdirSync(path)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, script: readFileSync(new URL(name, path), 'utf8') }));
}
