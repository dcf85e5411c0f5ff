import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers, ended, findServer, keep, keptPort } from './mysql-kept.js';

// Runs mysqld until stdin closes, which it does however the process at the other end ends. Prints the server's port.
// Argument: the folder that keeps the data; without one it is temporary. A server that runs on the folder is used.

const pollMs = 100;
const startWithinMs = 60_000;
const stopWithinMs = 10_000;
const linesKept = 10;
/** Where packages put it beside PATH. */
const usualFolders = [
  '/usr/sbin',
  '/usr/local/mysql/bin',
  '/opt/homebrew/opt/mysql/bin',
  '/usr/local/opt/mysql/bin',
];
const missing = `There is no mysqld on this machine. Install MySQL 8.4 or later, or run it in a container and name it:
  docker run -d --name mysql -p 127.0.0.1:3306:3306 -e MYSQL_ROOT_PASSWORD=secret -e MYSQL_DATABASE=app mysql:8.4 --log-bin-trust-function-creators=1
  export DATABASE_URL=mysql://root:secret@127.0.0.1:3306/app`;

let server: ChildProcess | undefined;
let stopping = false;

function stop(): void {
  if (stopping) return;
  stopping = true;
  server?.kill('SIGTERM');
  setTimeout(() => server?.kill('SIGKILL'), stopWithinMs).unref();
}

async function main(given: string | undefined): Promise<void> {
  if (given) return serveKept(path.resolve(given));
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'mysql-'));
  try {
    await serve(path.join(folder, 'data'), await freePort());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function serveKept(folder: string): Promise<void> {
  const running = await findServer(folder);
  if (running !== undefined) {
    process.stdout.write(`${running}\n`);
    return void (stopping || (await once(process.stdin, 'close')));
  }
  const port = await freePort(keptPort(folder));
  keep(folder, port);
  try {
    await serve(folder, port, (pid) => keep(folder, port, pid));
  } finally {
    ended(folder);
  }
}

/** @throws Error with the server's last lines when it ends by itself */
async function serve(data: string, port: number, started?: (pid: number) => void): Promise<void> {
  const program = findProgram();
  const common = ['--no-defaults', `--datadir=${data}`, '--secure-file-priv=', ...account()];
  if (!existsSync(path.join(data, 'mysql.ibd'))) initialize(program, data, common);
  if (stopping) return;
  const lines: string[] = [];
  const mysqld = spawn(
    program,
    [
      ...common,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      // Sockets have short paths only: the port is enough.
      `--socket=${path.join(tmpdir(), `mysql-${port}.sock`)}`,
      `--pid-file=${path.join(data, 'mysqld.pid')}`,
      '--mysqlx=OFF',
      '--skip-log-bin',
      '--max-connections=200',
      '--innodb-flush-log-at-trx-commit=0',
    ],
    { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  server = mysqld;
  if (mysqld.pid) started?.(mysqld.pid);
  mysqld.stderr.setEncoding('utf8').on('data', (text: string) => {
    lines.push(text);
    lines.splice(0, lines.length - linesKept);
  });
  const end = once(mysqld, 'close');
  let running = true;
  void end.then(() => {
    running = false;
  });
  const until = Date.now() + startWithinMs;
  while (running && !stopping && !(await answers(port))) {
    if (Date.now() > until) mysqld.kill('SIGKILL');
    await sleep(pollMs);
  }
  if (running && !stopping) process.stdout.write(`${port}\n`);
  await end;
  if (!stopping) throw new Error(`MySQL ended:\n${lines.join('')}`);
}

/** @throws Error that says how to get the program, if this machine does not have it */
function findProgram(): string {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...usualFolders];
  const name = process.platform === 'win32' ? 'mysqld.exe' : 'mysqld';
  const program = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (!program) throw new Error(missing);
  const { stdout } = spawnSync(program, ['--no-defaults', '--version'], { encoding: 'utf8', cwd: '/' });
  if (/mariadb/i.test(stdout)) throw new Error(`${program} is MariaDB. ${missing}`);
  return program;
}

/** As root, mysqld starts only with this option; processes in containers are often root. */
function account(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

function initialize(program: string, data: string, common: readonly string[]): void {
  // What an initialization that was ended has left is of no use.
  rmSync(data, { recursive: true, force: true });
  mkdirSync(path.dirname(data), { recursive: true });
  const { status, stderr } = spawnSync(program, [...common, '--initialize-insecure'], {
    cwd: '/',
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`MySQL could not make its data folder:\n${stderr}`);
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
