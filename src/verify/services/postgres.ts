import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { UserError } from '../../cli/errors.js';
import { postgresCounter } from './postgres-counter.js';
import { startPostgres } from './postgres-server.js';
import { postgresSql } from './postgres-sql.js';
import { unusable, withoutPassword } from './problems.js';
import { hostOf } from './resp.js';
import type { Provider, Server, Service } from './service.js';

const variable = 'VERIFY_DATABASE_URL';
const example = 'postgresql://user:password@localhost:5432/postgres';
const settings = { ssl: false, connectionTimeoutMillis: 10_000, query_timeout: 30_000 };

/** PostgreSQL: a space is a database. */
export const postgres: Provider = {
  protocols: ['postgresql', 'postgres'],
  variable,
  async start({ programs, scratch }) {
    const given = process.env[variable];
    if (given) return useServer(given);
    const { url, program } = await startPostgres(programs, scratch, (text, possible) =>
      unusable(text, possible, variable, example),
    );
    return {
      open: (name) => openSpace(url, name),
      freeze: () => program.freeze(),
      thaw: () => program.thaw(),
      // Nothing of it is kept: it need not write anything out.
      close: () => program.stop('SIGQUIT', 5_000),
    };
  },
};

async function useServer(given: string): Promise<Server> {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const tls = url?.searchParams.get('sslmode') ?? 'disable';
  if (!url?.hostname || !postgres.protocols.includes(url.protocol.slice(0, -1)) || tls !== 'disable')
    throw unusable(
      `${variable} is ${url ? withoutPassword(url) : 'no URL'}`,
      'it takes a URL like postgresql://user:password@host:port/database, without TLS: the statements on the way are counted',
      variable,
      example,
    );
  try {
    await runOn(url, 'select 1');
  } catch (error) {
    throw refused(url, error);
  }
  return { open: (name) => openSpace(url, name), close: async () => {} };
}

async function openSpace(server: URL, name: string): Promise<Service> {
  // Never one that was there before: it is dropped at the end.
  const database = `verify_${name}_${randomBytes(4).toString('hex')}`;
  try {
    await runOn(
      server,
      `create database ${pg.escapeIdentifier(database)} encoding 'UTF8' template template0`,
    );
  } catch (error) {
    throw refused(server, error);
  }
  const url = new URL(server);
  url.pathname = `/${database}`;
  const pool = new pg.Pool({ connectionString: url.href, ...settings, max: 4, allowExitOnIdle: true });
  // A connection that breaks while it is idle is replaced when it is needed.
  pool.on('error', () => {});
  return {
    host: hostOf(server),
    port: Number(server.port || 5432),
    urlBehind(proxyPort) {
      const behind = new URL(url);
      behind.hostname = '127.0.0.1';
      behind.port = String(proxyPort);
      return behind.href;
    },
    counter: postgresCounter,
    sql: postgresSql(pool),
    async close() {
      await pool.end();
      await runOn(server, `drop database if exists ${pg.escapeIdentifier(database)} with (force)`);
    },
  };
}

async function runOn(url: URL, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.href, ...settings });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}

function refused(url: URL, error: unknown): UserError {
  return unusable(
    `the server at ${withoutPassword(url)}`,
    `cannot be used: ${(error as Error).message || (error as NodeJS.ErrnoException).code}; its user must be able to create databases`,
    variable,
    example,
  );
}
