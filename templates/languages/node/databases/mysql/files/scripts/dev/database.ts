import { rm } from 'node:fs/promises';
import { startMysql } from './mysql.js';
import { findServer, keptPaths } from './mysql-kept.js';

const database = 'app';
const folder = '.data/mysql';

/** The database of development: the one of DATABASE_URL, else one of the machine's mysqld, whose data stay in .data/. */
export async function prepare(environment: NodeJS.ProcessEnv) {
  const { DATABASE_URL: url } = environment;
  if (url)
    return { env: { DATABASE_URL: url }, note: 'Database: the one of DATABASE_URL', stop: async () => {} };
  const server = await startMysql(folder);
  await server.createDatabase(database);
  return {
    env: { DATABASE_URL: server.urlOf(database) },
    note: `Database: the mysqld of this machine, data in ${folder} (${server.urlOf(database)})`,
    stop: () => server.stop(),
  };
}

/**
 * Deletes the data of development.
 * @returns what was done
 * @throws Error when the database is not the one in .data/, or is in use
 */
export async function reset({ DATABASE_URL: url }: NodeJS.ProcessEnv): Promise<string> {
  if (url) throw new Error('DATABASE_URL is set: only the database in .data/ is deleted by this command');
  if ((await findServer(folder)) !== undefined)
    throw new Error('The database is in use: end "npm run dev" first');
  for (const kept of keptPaths(folder)) await rm(kept, { recursive: true, force: true });
  return `Deleted ${folder}. The next start makes it anew.`;
}
