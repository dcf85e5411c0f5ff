import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';

const busyTimeoutMs = 100;

/** The file of a `file:` URL. */
export function pathOf(databaseUrl: string): string {
  return decodeURIComponent(databaseUrl.replace(/^file:(\/\/)?/, ''));
}

/** Opens the file of a `file:` URL, with the settings that every connection needs. */
export function openFile(databaseUrl: string): Database.Database {
  const file = pathOf(databaseUrl);
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const connection = new Database(file, { timeout: busyTimeoutMs });
  connection.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;');
  connection.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
  return connection;
}
