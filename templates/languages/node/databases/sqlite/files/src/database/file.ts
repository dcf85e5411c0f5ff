import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';

const busyTimeoutMs = 100;

/** Opens the file of a `file:` URL, with the settings that every connection needs. */
export function openFile(databaseUrl: string): Database.Database {
  const file = decodeURIComponent(databaseUrl.replace(/^file:(\/\/)?/, ''));
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const connection = new Database(file, { timeout: busyTimeoutMs });
  connection.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;');
  connection.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
  return connection;
}
