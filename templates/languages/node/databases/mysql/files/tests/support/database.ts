import { randomBytes } from 'node:crypto';
import { startMysql } from '../../scripts/dev/mysql.js';
import { ask } from '../../scripts/dev/mysql-kept.js';

/** Makes the server that tests share: the one of TEST_DATABASE_URL or DATABASE_URL, else the mysqld of this machine. */
export async function startDatabaseServer(): Promise<{ url: string; note: string; stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;
  if (given) return { url: given, note: 'Database server: the one given', stop: async () => {} };
  const server = await startMysql();
  return {
    url: server.urlOf('mysql'),
    note: 'Database server: the mysqld of this machine',
    stop: () => server.stop(),
  };
}

/** A database of its own on the shared server. */
export async function temporaryDatabase(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await ask(serverUrl, `create database \`${name}\``);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const drop = async () => void (await ask(serverUrl, `drop database if exists \`${name}\``));
  return { url: url.href, drop };
}
