import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findServer, keep, keptPort, user } from './embedded-kept.js';
import { type Programs, readyPrograms } from './embedded-programs.js';

// Runs PostgreSQL until stdin closes, which it does however the process at the other end ends. Prints the server's URL.
// Argument: the folder that keeps the data; without one it is temporary. A server that runs on the folder is used.

interface Account {
  uid?: number;
  gid?: number;
}

const stopWithinMs = 5000;
const linesKept = 10;
/** Independent of the machine's locales and time zone. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))),
  LC_ALL: 'C',
  TZ: 'UTC',
};

let server: ChildProcess | undefined;
let stopping = false;

function stop(): void {
  if (stopping) return;
  stopping = true;
  // Fast shutdown, then the immediate one.
  server?.kill('SIGINT');
  setTimeout(() => server?.kill('SIGQUIT'), stopWithinMs).unref();
}

async function main(given: string | undefined): Promise<void> {
  if (given) return serveKept(path.resolve(given));
  const folder = mkdtempSync(path.join(tmpdir(), 'postgres-'));
  // Open to the user who runs the server.
  chmodSync(folder, 0o755);
  try {
    await serve(path.join(folder, 'data'), await freePort(), randomBytes(12).toString('hex'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function serveKept(folder: string): Promise<void> {
  const running = await findServer(folder);
  if (running !== undefined) {
    print(running, user);
    return void (stopping || (await once(process.stdin, 'close')));
  }
  const port = await freePort(keptPort(folder));
  keep(folder, port);
  await serve(folder, port, user);
}

function print(port: number, password: string): void {
  process.stdout.write(`postgresql://${user}:${password}@127.0.0.1:${port}\n`);
}

/** @throws Error with the server's last lines when it ends by itself */
async function serve(data: string, port: number, password: string): Promise<void> {
  const programs = readyPrograms();
  const account = accountFor(data);
  if (account.uid !== undefined) requireReachable([data, programs.postgres]);
  if (!existsSync(path.join(data, 'PG_VERSION'))) makeCluster(programs, data, password, account);
  if (stopping) return;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    fsync: 'off',
    lc_messages: 'C',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const lines: string[] = [];
  const postgres = spawn(programs.postgres, ['-D', data, '-p', String(port), ...flags], {
    ...account,
    env: environment,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server = postgres;
  postgres.stderr.setEncoding('utf8').on('data', (text: string) => {
    lines.push(text);
    lines.splice(0, lines.length - linesKept);
    if (text.includes('ready to accept connections')) print(port, password);
  });
  await once(postgres, 'close');
  if (!stopping) throw new Error(`PostgreSQL ended:\n${lines.join('')}`);
}

/** PostgreSQL refuses to run as root, which containers often use: the owner of the data runs it then, or `nobody`. */
function accountFor(data: string): Account {
  if (process.getuid?.() !== 0) return {};
  const { uid = 0, gid } = existsSync(data) ? statSync(data) : {};
  if (uid !== 0) return { uid, gid };
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** @throws Error when another user may not enter a folder above one of the paths */
function requireReachable(places: string[]): void {
  for (const place of places) {
    for (let above = path.dirname(place); above !== path.dirname(above); above = path.dirname(above)) {
      if (existsSync(above) && (statSync(above).mode & 0o001) === 0) {
        throw new Error(
          `As root, PostgreSQL runs as another user, who may not enter ${above}: work as a normal user, run "chmod o+x ${above}", or set DATABASE_URL`,
        );
      }
    }
  }
}

function makeCluster(programs: Programs, data: string, password: string, { uid, gid }: Account): void {
  const secret = mkdtempSync(path.join(tmpdir(), 'postgres-password-'));
  const passwordFile = path.join(secret, 'password');
  mkdirSync(data, { recursive: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (uid !== undefined && gid !== undefined)
    for (const place of [secret, passwordFile, data]) chownSync(place, uid, gid);
  const options = {
    pgdata: data,
    username: user,
    auth: 'scram-sha-256',
    pwfile: passwordFile,
    encoding: 'UTF8',
    // Built into the server, so that it needs no locale of the machine.
    locale: 'C',
    'locale-provider': 'builtin',
    'builtin-locale': 'C.UTF-8',
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  try {
    execFileSync(programs.initdb, [...args, '--no-sync'], {
      uid,
      gid,
      env: environment,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } finally {
    rmSync(secret, { recursive: true, force: true });
  }
}

/** The port wanted if nothing listens there, else any. */
async function freePort(wanted = 0): Promise<number> {
  const probe = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return freePort();
  }
  const { port } = probe.address() as { port: number };
  probe.close();
  return port;
}

process.stdin.resume().once('close', stop);
// Nobody may be left to read it.
process.stdout.on('error', () => {});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
await main(process.argv[2]).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
process.stdin.destroy();
