import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers, usual } from '../../scripts/dev/redis.js';

/** A Redis for tests, at a variable: one that runs already, else one started here; without either the tests that need it skip. */
export async function testRedis(variable: string) {
  const stop = async () => {};
  for (const url of [process.env[`TEST_${variable}`], process.env[variable], usual]) {
    if (url && (await answers(url))) return { url, note: 'a Redis that was running', stop };
  }
  const started = await startRedis();
  return (
    started ?? {
      url: undefined,
      note: 'skipped: no Redis answers and there is no redis-server to start',
      stop,
    }
  );
}

/** Starts a server of its own; undefined without a `redis-server` on the path. */
export async function startRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const options = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const server = spawn('redis-server', options, { stdio: 'ignore' });
  const ended = once(server, 'close').catch(() => {});
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `redis://127.0.0.1:${port}`;
  for (let attempt = 0; server.pid !== undefined && attempt < 100 && !(await answers(url)); attempt++)
    await sleep(50);
  if (server.pid !== undefined) return { url, note: 'a redis-server started for the tests', stop };
  await stop();
  return undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
