import mysql from 'mysql2/promise';
import { databaseProvider } from './database-provider.js';
import { mysqlCounter } from './mysql-counter.js';
import { startMysql } from './mysql-server.js';
import { mysqlSql } from './mysql-sql.js';

const connectTimeout = 10_000;

/** MySQL: a space is a database. */
export const mysqlProvider = databaseProvider({
  protocols: ['mysql'],
  port: 3306,
  example: 'mysql://user:password@localhost:3306/mysql',
  form: 'the project has MySQL: it takes a URL like mysql://user:password@host:port/database',
  fits: () => true,
  start: startMysql,
  endSignal: 'SIGKILL',
  async run(url, text) {
    const connection = await mysql.createConnection({ uri: url.href, connectTimeout });
    try {
      await connection.query(text);
    } finally {
      await connection.end();
    }
  },
  create: (name) => `create database \`${name}\` character set utf8mb4`,
  drop: (name) => `drop database if exists \`${name}\``,
  counter: mysqlCounter,
  connect(url) {
    const pool = mysql.createPool({
      uri: url.href,
      connectTimeout,
      connectionLimit: 4,
      flags: ['+FOUND_ROWS'],
      timezone: 'Z',
      supportBigNumbers: true,
    });
    return { sql: mysqlSql(pool), end: () => pool.end() };
  },
});
