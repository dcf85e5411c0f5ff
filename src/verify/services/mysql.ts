import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import type { UserError } from '../../cli/errors.js';
import { mysqlCounter } from './mysql-counter.js';
import { startMysql } from './mysql-server.js';
import { mysqlSql } from './mysql-sql.js';
import { unusable, withoutPassword } from './problems.js';
import { hostOf } from './resp.js';
import type { Provider, Server, Service } from './service.js';

const variable = 'VERIFY_DATABASE_URL';
const example = 'mysql://user:password@localhost:3306/mysql';
const connectTimeout = 10_000;

/** MySQL: a space is a database. */
export const mysqlProvider: Provider = {
  protocols: ['mysql'],
  variable,
  async start({ programs, scratch }) {
    const given = process.env[variable];
    if (given) return useServer(given);
    const { url, program } = await startMysql(programs, scratch, (text, possible) =>
      unusable(text, possible, variable, example),
    );
    return {
      open: (name) => openSpace(url, name),
      freeze: () => program.freeze(),
      thaw: () => program.thaw(),
      // Nothing of it is kept: it need not write anything out.
      close: () => program.stop('SIGKILL', 5_000),
    };
  },
};

async function useServer(given: string): Promise<Server> {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url?.hostname || !mysqlProvider.protocols.includes(url.protocol.slice(0, -1)))
    throw unusable(
      `${variable} is ${url ? withoutPassword(url) : 'no URL'}`,
      'the project has MySQL: it takes a URL like mysql://user:password@host:port/database',
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
    await runOn(server, `create database \`${database}\` character set utf8mb4`);
  } catch (error) {
    throw refused(server, error);
  }
  const url = new URL(server);
  url.pathname = `/${database}`;
  const pool = mysql.createPool({
    uri: url.href,
    connectTimeout,
    connectionLimit: 4,
    flags: ['+FOUND_ROWS'],
    timezone: 'Z',
    supportBigNumbers: true,
  });
  return {
    host: hostOf(server),
    port: Number(server.port || 3306),
    urlBehind(proxyPort) {
      const behind = new URL(url);
      behind.hostname = '127.0.0.1';
      behind.port = String(proxyPort);
      return behind.href;
    },
    counter: mysqlCounter,
    sql: mysqlSql(pool),
    async close() {
      await pool.end();
      await runOn(server, `drop database if exists \`${database}\``);
    },
  };
}

async function runOn(url: URL, text: string): Promise<void> {
  const connection = await mysql.createConnection({ uri: url.href, connectTimeout });
  try {
    await connection.query(text);
  } finally {
    await connection.end();
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
