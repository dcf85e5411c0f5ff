import pg from 'pg';
import { databaseProvider } from './database-provider.js';
import { postgresCounter } from './postgres-counter.js';
import { startPostgres } from './postgres-server.js';
import { postgresSql } from './postgres-sql.js';

const settings = { ssl: false, connectionTimeoutMillis: 10_000, query_timeout: 30_000 };

/** PostgreSQL: a space is a database. */
export const postgres = databaseProvider({
  protocols: ['postgresql', 'postgres'],
  port: 5432,
  example: 'postgresql://user:password@localhost:5432/postgres',
  form: 'it takes a URL like postgresql://user:password@host:port/database, without TLS: the statements on the way are counted',
  fits: (url) => (url.searchParams.get('sslmode') ?? 'disable') === 'disable',
  start: startPostgres,
  endSignal: 'SIGQUIT',
  async run(url, text) {
    const client = new pg.Client({ connectionString: url.href, ...settings });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query(text);
    } finally {
      await client.end();
    }
  },
  create: (name) => `create database ${pg.escapeIdentifier(name)} encoding 'UTF8' template template0`,
  drop: (name) => `drop database if exists ${pg.escapeIdentifier(name)} with (force)`,
  counter: postgresCounter,
  connect(url) {
    const pool = new pg.Pool({ connectionString: url.href, ...settings, max: 4, allowExitOnIdle: true });
    // A connection that breaks while it is idle is replaced when it is needed.
    pool.on('error', () => {});
    return { sql: postgresSql(pool), end: () => pool.end() };
  },
});
