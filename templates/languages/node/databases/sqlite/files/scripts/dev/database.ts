/** The database of `npm run dev`: the file of DATABASE_URL, else one in data/. */
export async function prepare(environment: NodeJS.ProcessEnv) {
  const url = environment.DATABASE_URL || 'file:data/app.db';
  return { env: { DATABASE_URL: url }, note: `Database: SQLite, ${url}`, stop: async () => {} };
}
