import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export const user = 'postgres';
const pollMs = 100;
const startWithinMs = 30_000;
const endWithinMs = 10_000;

/** What is known of the server of a folder: the port that it keeps, and the process that ends it. */
interface Kept {
  port: number;
  supervisor: number;
}

const noteOf = (folder: string) => `${folder}.json`;
const lockOf = (folder: string) => path.join(folder, 'postmaster.pid');

/** All that belongs to the server of a folder. */
export const keptPaths = (folder: string): string[] => [folder, noteOf(folder)];

/** The port that the server of a folder had the last time. */
export function keptPort(folder: string): number | undefined {
  return read(folder)?.port;
}

/** Notes that this process starts the server of a folder, and ends it. */
export function keep(folder: string, port: number): void {
  mkdirSync(path.dirname(folder), { recursive: true });
  writeFileSync(noteOf(folder), JSON.stringify({ port, supervisor: process.pid } satisfies Kept));
}

/**
 * Looks for a server that runs on a folder. One whose supervisor is gone, as after `kill -9`, is ended.
 * @returns the port of a server that another process supervises
 * @throws Error when that server does not answer within 30 seconds, or one that is left over does not end
 */
export async function findServer(folder: string): Promise<number | undefined> {
  const kept = read(folder);
  if (!kept || !existsSync(lockOf(folder))) return undefined;
  const until = Date.now() + startWithinMs;
  while (isAlive(kept.supervisor) && existsSync(lockOf(folder))) {
    if (await serves(kept.port, folder)) return kept.port;
    if (Date.now() > until) throw new Error(`the PostgreSQL of ${folder} does not answer`);
    await sleep(pollMs);
  }
  await endLeftOver(kept.port, folder);
  return undefined;
}

async function endLeftOver(port: number, folder: string): Promise<void> {
  // The number of a process that is gone may be another's now: only a server that says so is this folder's.
  if (!(await serves(port, folder))) return rmSync(lockOf(folder), { force: true });
  const pid = Number(readFileSync(lockOf(folder), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGINT');
  const until = Date.now() + endWithinMs;
  while (isAlive(pid)) {
    if (Date.now() > until) throw new Error(`the PostgreSQL of ${folder}, process ${pid}, does not end`);
    await sleep(pollMs);
  }
}

async function serves(port: number, folder: string): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user, password: user, database: 'postgres' });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(`select current_setting('data_directory') as "folder"`);
    return rows[0].folder === realpathSync(folder);
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function read(folder: string): Kept | undefined {
  return existsSync(noteOf(folder)) ? JSON.parse(readFileSync(noteOf(folder), 'utf8')) : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
