import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** SQLite has no server; the folder takes its place. */
export async function startDatabaseServer(): Promise<{ url: string; note: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'test-sqlite-'));
  const stop = async () => rmSync(folder, { recursive: true, force: true });
  return { url: `file:${folder}/`, note: 'Database: SQLite, a file for each test file', stop };
}

/** A database file of its own. */
export async function temporaryDatabase(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `${process.pid}-${Math.random().toString(36).slice(2)}.db`;
  return { url: `${serverUrl}${name}`, drop: async () => {} };
}
