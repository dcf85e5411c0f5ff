import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { closedFolder, unprivileged } from './account.js';
import { findPrograms } from './postgres-programs.js';
import type { Refusal } from './problems.js';
import { type Account, ServerProcess, startOnFreePort } from './server-process.js';

const startTimeoutMs = 120_000;

/**
 * Starts a server with an empty cluster, on a free port of 127.0.0.1. As root, it runs as `nobody`.
 * @param programs folders that are looked into first
 * @param scratch an existing folder for its data
 * @param refuse makes the error for the person at the keyboard
 */
export async function startPostgres(
  programs: readonly string[],
  scratch: string,
  refuse: Refusal,
): Promise<{ url: URL; program: ServerProcess }> {
  const account = unprivileged();
  if (!account)
    throw refuse(
      'root',
      'PostgreSQL does not run as root, and there is no user "nobody": run as another user',
    );
  const env = environment();
  const folder = findPrograms(programs, account, env, refuse);
  const password = randomBytes(12).toString('hex');
  const data = await makeCluster(folder, scratch, password, account, env, refuse);
  return startOnFreePort(
    (port) => ({
      url: new URL(`postgresql://postgres:${password}@127.0.0.1:${port}/postgres`),
      program: new ServerProcess(path.join(folder, 'postgres'), serverArguments(data, port), account, env),
    }),
    {
      answers: connects,
      timeoutMs: startTimeoutMs,
      refuse: (printed) => refuse(`${folder}/postgres does not start`, printed),
    },
  );
}

function serverArguments(data: string, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    // The usual folder of the socket is often closed to this user.
    unix_socket_directories: '',
    max_connections: 200,
    fsync: 'off',
    full_page_writes: 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', data, '-p', String(port), ...flags];
}

/** Variables like PGDATA would make it another server; messages are in English, and sorting does not depend on the machine. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(own), LC_ALL: 'C', TZ: 'UTC' };
}

/** @returns the folder of its data */
async function makeCluster(
  folder: string,
  scratch: string,
  password: string,
  account: Account,
  env: NodeJS.ProcessEnv,
  refuse: Refusal,
): Promise<string> {
  const parent = fs.mkdtempSync(path.join(scratch, 'postgres-'));
  const passwordFile = path.join(parent, 'password');
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    // The scratch folder is there to be written to; those above it are not ours to open.
    fs.chmodSync(scratch, fs.statSync(scratch).mode | 0o011);
    for (const place of [parent, passwordFile]) fs.chownSync(place, account.uid, account.gid);
    const closed = closedFolder(scratch);
    if (closed)
      throw refuse(
        scratch,
        `as root, PostgreSQL runs as another user, who may not enter ${closed}: run "chmod o+x ${closed}", or set TMPDIR to a folder that is open`,
      );
  }
  const data = path.join(parent, 'data');
  const flags = {
    pgdata: data,
    username: 'postgres',
    auth: 'scram-sha-256',
    pwfile: passwordFile,
    encoding: 'UTF8',
  };
  const args = [
    ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    '--no-locale',
    '--no-sync',
  ];
  try {
    await promisify(execFile)(path.join(folder, 'initdb'), args, { ...account, env, cwd: '/' });
  } catch (error) {
    throw refuse(`${folder}/initdb fails`, String((error as { stderr?: string }).stderr ?? error).trim());
  } finally {
    fs.rmSync(passwordFile);
  }
  return data;
}

async function connects(url: URL): Promise<void> {
  const client = new pg.Client({ connectionString: url.href, ssl: false, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  await client.connect();
  await client.end();
}
