import { rm } from 'node:fs/promises';
import { pathOf } from '../../src/database/file.js';

const usual = 'file:data/app.db';

/** The database of development: the file of DATABASE_URL, else one in data/. */
export async function prepare(environment: NodeJS.ProcessEnv) {
  const url = environment.DATABASE_URL || usual;
  return { env: { DATABASE_URL: url }, note: `Database: SQLite, ${url}`, stop: async () => {} };
}

/** Deletes the data of development. @returns what was done */
export async function reset({ DATABASE_URL: url = usual }: NodeJS.ProcessEnv): Promise<string> {
  const file = pathOf(url);
  for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true });
  return `Deleted ${file}. The next start makes it anew.`;
}
