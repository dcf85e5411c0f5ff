import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { closedFolder, unprivileged } from './account.js';
import type { Refusal } from './problems.js';
import { foldersOfPrograms, folderWith } from './programs.js';
import { type Account, ServerProcess, startOnFreePort } from './server-process.js';

const startTimeoutMs = 180_000;
const user = 'verify';
/** Packages of systems put the program beside PATH. */
const usualFolders = [
  '/usr/sbin',
  '/usr/libexec',
  '/usr/local/mysql/bin',
  '/opt/homebrew/opt/mysql/bin',
  '/usr/local/opt/mysql/bin',
];

/**
 * Starts a server without data on a free port of 127.0.0.1. As root, it runs as `nobody`.
 * @param programs folders that are looked into first
 * @param scratch an existing folder for its data
 * @param refuse makes the error for the person at the keyboard
 */
export async function startMysql(
  programs: readonly string[],
  scratch: string,
  refuse: Refusal,
): Promise<{ url: URL; program: ServerProcess }> {
  const folder = folderWith(['mysqld'], foldersOfPrograms(programs, usualFolders));
  if (!folder)
    throw refuse(
      'MySQL (mysqld)',
      'it is not in PATH or the usual places; install MySQL 8.4 or later, or give a server of your own',
    );
  const account = unprivileged() ?? {};
  const file = path.join(folder, 'mysqld');
  const password = randomBytes(12).toString('hex');
  const { options, first } = makeData(scratch, password, account);
  for (const place of account.uid === undefined ? [] : [folder, scratch]) {
    const closed = closedFolder(place);
    if (closed)
      throw refuse(
        place,
        `as root, MySQL runs as another user, who may not enter ${closed}: run "chmod o+x ${closed}", or be another user than root`,
      );
  }
  await initialize(file, [...options, `--init-file=${first}`], account, refuse);
  return startOnFreePort(
    (port) => ({
      url: new URL(`mysql://${user}:${password}@127.0.0.1:${port}/mysql`),
      program: new ServerProcess(file, [...options, ...serverArguments(port)], account, process.env),
    }),
    {
      answers: connects,
      timeoutMs: startTimeoutMs,
      refuse: (printed) => refuse(`${file} does not start`, printed),
    },
  );
}

/** @returns the options of a server with data in a new folder, and a file with its first statements */
function makeData(scratch: string, password: string, { uid, gid }: Account) {
  const parent = fs.mkdtempSync(path.join(scratch, 'mysql-'));
  const first = path.join(parent, 'first.sql');
  const account = `'${user}'@'127.0.0.1'`;
  const statements = [
    `create user ${account} identified by '${password}';`,
    `grant all on *.* to ${account} with grant option;`,
  ];
  fs.writeFileSync(first, `${statements.join('\n')}\n`, { mode: 0o600 });
  if (uid !== undefined && gid !== undefined) {
    // The scratch folder is there to be written to; those above it are not ours to open.
    fs.chmodSync(scratch, fs.statSync(scratch).mode | 0o011);
    for (const place of [parent, first]) fs.chownSync(place, uid, gid);
  }
  return { options: ['--no-defaults', `--datadir=${parent}/data`, '--secure-file-priv='], first };
}

async function initialize(
  file: string,
  options: readonly string[],
  account: Account,
  refuse: Refusal,
): Promise<void> {
  try {
    await promisify(execFile)(file, [...options, '--initialize-insecure'], { ...account, cwd: '/' });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw refuse(`${file} --initialize-insecure fails`, (stderr || message).trim());
  }
}

function serverArguments(port: number): string[] {
  const settings = {
    port,
    'bind-address': '127.0.0.1',
    // Paths of sockets are short: this one is that of no folder.
    socket: `/tmp/verify-mysql-${port}.sock`,
    'pid-file': `verify-${port}.pid`,
    mysqlx: 'OFF',
    'max-connections': 300,
    'innodb-flush-log-at-trx-commit': 0,
    'innodb-doublewrite': 'OFF',
  };
  const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  return [...flags, '--skip-log-bin', '--skip-name-resolve'];
}

async function connects(url: URL): Promise<void> {
  const connection = await mysql.createConnection({ uri: url.href, connectTimeout: 2000 });
  await connection.end();
}
