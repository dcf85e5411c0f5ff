import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2';

const pollMs = 100;
const startWithinMs = 30_000;
const endWithinMs = 10_000;
const connectTimeoutMs = 5000;

/** What is known of the server of a folder: the port that it keeps, its process, and the process that ends it. */
interface Kept {
  port: number;
  supervisor: number;
  server?: number;
}

const noteOf = (folder: string) => `${folder}.json`;

/** All that belongs to the server of a folder. */
export const keptPaths = (folder: string): string[] => [folder, noteOf(folder)];

/** The port that the server of a folder had the last time. */
export function keptPort(folder: string): number | undefined {
  return read(folder)?.port;
}

/** Notes that this process starts the server of a folder, and ends it. */
export function keep(folder: string, port: number, server?: number): void {
  mkdirSync(path.dirname(folder), { recursive: true });
  writeFileSync(
    noteOf(folder),
    JSON.stringify({ port, supervisor: process.pid, server } satisfies Partial<Kept>),
  );
}

/** That the server of a folder has ended. */
export function ended(folder: string): void {
  const kept = read(folder);
  if (kept) writeFileSync(noteOf(folder), JSON.stringify({ port: kept.port, supervisor: 0 }));
}

/**
 * Looks for a server that runs on a folder. One whose supervisor is gone, as after `kill -9`, is ended.
 * @returns the port of a server that another process supervises
 * @throws Error when that server does not answer within 30 seconds, or one that is left over does not end
 */
export async function findServer(folder: string): Promise<number | undefined> {
  const kept = read(folder);
  if (!kept) return undefined;
  const until = Date.now() + startWithinMs;
  while (isAlive(read(folder)?.supervisor ?? 0)) {
    if (await serves(kept.port, folder)) return kept.port;
    if (Date.now() > until) throw new Error(`the MySQL of ${folder} does not answer`);
    await sleep(pollMs);
  }
  await endLeftOver(kept, folder);
  return undefined;
}

async function endLeftOver({ port, server }: Kept, folder: string): Promise<void> {
  // The number of a process that is gone may be another's now: only a server that says so is this folder's.
  if (!server || !(await serves(port, folder))) return;
  process.kill(server, 'SIGTERM');
  const until = Date.now() + endWithinMs;
  while (isAlive(server)) {
    if (Date.now() > until) throw new Error(`the MySQL of ${folder}, process ${server}, does not end`);
    await sleep(pollMs);
  }
}

/** The URL of a database of a server that was started here: only this machine reaches it. */
export function urlOf(port: number, database: string): string {
  return `mysql://root@127.0.0.1:${port}/${database}`;
}

async function serves(port: number, folder: string): Promise<boolean> {
  try {
    const [row] = await ask(urlOf(port, 'mysql'), 'select @@datadir as folder');
    return path.resolve(String(row?.folder)) === realpathSync(folder);
  } catch {
    return false;
  }
}

/** Runs one statement on a connection of its own. @returns its rows */
export function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const connection = createConnection({ uri: url, connectTimeout: connectTimeoutMs });
    connection.on('error', reject);
    connection.query(text, (error, rows) => {
      connection.destroy();
      if (error) reject(error);
      else resolve(rows as Record<string, unknown>[]);
    });
  });
}

/** Whether a server answers there. */
export async function answers(port: number): Promise<boolean> {
  return ask(urlOf(port, 'mysql'), 'select 1').then(
    () => true,
    () => false,
  );
}

function read(folder: string): Kept | undefined {
  return existsSync(noteOf(folder)) ? JSON.parse(readFileSync(noteOf(folder), 'utf8')) : undefined;
}

function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
