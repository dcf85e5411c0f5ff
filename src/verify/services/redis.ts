import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { until } from '../http/waiting.js';
import { unusable, withoutPassword } from './problems.js';
import { foldersOfPrograms, folderWith } from './programs.js';
import { redisCounter } from './redis-counter.js';
import { hostOf, RespConnection } from './resp.js';
import { ServerProcess, startOnFreePort } from './server-process.js';
import type { Provider, Server, Service, Successor } from './service.js';

const variable = 'VERIFY_REDIS_URL';
const example = 'redis://localhost:6379';
const programNames = ['redis-server', 'valkey-server'];
const usualFolders = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/local/bin'];
const startTimeoutMs = 60_000;
const replicationTimeoutMs = 60_000;
/** Marks a numbered database as taken, and is the only key in it at that moment. */
const mark = 'create-scalable-api:verify';
/** Names and milliseconds to live of all keys, as JSON in one line. */
const listKeys = `local found = {}
for _, name in ipairs(redis.call('KEYS', '*')) do
  found[#found + 1] = { name, redis.call('PTTL', name) }
end
return redis.status_reply(#found == 0 and '[]' or cjson.encode(found))`;

/** Redis, or Valkey: a space is a numbered database that was empty. */
export const redis: Provider = {
  protocols: ['redis', 'rediss'],
  variable,
  async start({ programs, scratch }) {
    const given = process.env[variable];
    return given ? useServer(given) : startServer(programs, scratch);
  },
};

async function useServer(given: string): Promise<Server> {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'redis:')
    throw unusable(
      `${variable} is ${url ? withoutPassword(url) : 'no URL'}`,
      'it takes a URL like redis://user:password@host:port, without TLS: the commands on the way are counted',
      variable,
      example,
    );
  try {
    (await RespConnection.open(url)).close();
  } catch (error) {
    const reason = (error as Error).message;
    throw unusable(
      `${variable} is ${withoutPassword(url)}`,
      `its server cannot be used: ${reason}`,
      variable,
      example,
    );
  }
  return { open: () => openSpace(url), close: async () => {} };
}

async function startServer(programs: readonly string[], scratch: string): Promise<Server> {
  const { url, program } = await startRedis(programs, scratch);
  return {
    open: () => openSpace(url),
    freeze: () => program.freeze(),
    thaw: () => program.thaw(),
    demote: () => demote(url, programs, scratch),
    close: () => program.stop('SIGTERM', 5_000),
  };
}

/**
 * Starts an empty server on a free port of 127.0.0.1.
 * @param programs folders that are looked into first
 * @param scratch an existing folder for its data
 * @throws UserError when there is no program, or it does not start
 */
export async function startRedis(
  programs: readonly string[],
  scratch: string,
): Promise<{ url: URL; program: ServerProcess }> {
  const file = findProgram(programs);
  return startOnFreePort(
    (port) => {
      const flags = {
        port,
        bind: '127.0.0.1',
        dir: fs.mkdtempSync(path.join(scratch, 'redis-')),
        save: '',
        appendonly: 'no',
        daemonize: 'no',
        'repl-diskless-sync-delay': 0,
      };
      const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
      return {
        url: new URL(`redis://127.0.0.1:${port}`),
        program: new ServerProcess(file, args, {}, process.env),
      };
    },
    {
      answers: ping,
      timeoutMs: startTimeoutMs,
      refuse: (printed) => unusable(`${file} does not start`, printed, variable, example),
    },
  );
}

function findProgram(programs: readonly string[]): string {
  const folders = foldersOfPrograms(programs, usualFolders);
  for (const name of programNames) {
    const folder = folderWith([name], folders);
    if (folder) return path.join(folder, name);
  }
  throw unusable(
    `${programNames.join(' and ')} are not in PATH`,
    `install one of them, or set ${variable} to a server with an empty database`,
    variable,
    example,
  );
}

async function ping(url: URL): Promise<void> {
  await command(url, 'PING');
}

async function command(url: URL, ...words: string[]): Promise<string> {
  const connection = await RespConnection.open(url);
  try {
    return await connection.send(...words);
  } finally {
    connection.close();
  }
}

/**
 * Starts a second server with the data of the first, and changes their roles: the first becomes its replica.
 * @throws Error when the second does not get the data in time
 */
async function demote(first: URL, programs: readonly string[], scratch: string): Promise<Successor> {
  const { url, program } = await startRedis(programs, scratch);
  const follow = (replica: URL, { hostname, port }: URL) => command(replica, 'REPLICAOF', hostname, port);
  const lead = (primary: URL) => command(primary, 'REPLICAOF', 'NO', 'ONE');
  try {
    await follow(url, first);
    // The number of replicas that have all the data.
    const synchronized = () => command(first, 'WAIT', '1', '1000');
    if (!(await until(async () => (await synchronized()) !== '0', replicationTimeoutMs)))
      throw new Error(`the second server has no data after ${replicationTimeoutMs} ms`);
    await lead(url);
    await follow(first, url);
  } catch (error) {
    await program.stop('SIGKILL', 0);
    throw error;
  }
  return {
    host: url.hostname,
    port: Number(url.port),
    async undo() {
      await lead(first);
      await program.stop('SIGTERM', 5_000);
    },
  };
}

async function openSpace(server: URL): Promise<Service> {
  const number = await takeDatabase(server);
  const url = new URL(server);
  url.pathname = `/${number}`;
  const host = hostOf(server);
  const port = Number(server.port || 6379);
  return {
    host,
    port,
    urlBehind(proxyPort) {
      const behind = new URL(url);
      behind.hostname = '127.0.0.1';
      behind.port = String(proxyPort);
      return behind.href;
    },
    counter: redisCounter,
    async keys() {
      const found: [string, number][] = JSON.parse(await commandIn(server, number, 'EVAL', listKeys, '0'));
      return found
        .filter(([name]) => name !== mark)
        .map(([name, ttl]) => ({ name, ttlMs: ttl < 0 ? undefined : ttl }));
    },
    async empty() {
      await commandIn(server, number, 'FLUSHDB');
      await commandIn(server, number, 'SET', mark, randomUUID());
    },
    async close() {
      await commandIn(server, number, 'FLUSHDB');
    },
  };
}

/** Runs a command in a numbered database. */
async function commandIn(server: URL, number: number, ...words: string[]): Promise<string> {
  const connection = await RespConnection.open(server);
  try {
    await connection.send('SELECT', String(number));
    return await connection.send(...words);
  } finally {
    connection.close();
  }
}

/** The number of an empty database, so that data of others on the server stay untouched. */
async function takeDatabase(server: URL): Promise<number> {
  const connection = await RespConnection.open(server);
  try {
    for (let number = 0; await selected(connection, number); number += 1) {
      if ((await connection.send('SET', mark, randomUUID(), 'NX')) !== 'OK') continue;
      if ((await connection.send('DBSIZE')) === '1') return number;
      await connection.send('DEL', mark);
    }
  } finally {
    connection.close();
  }
  throw unusable(
    `the server at ${withoutPassword(server)} has no empty database`,
    `empty one with FLUSHDB, or set ${variable} to another server`,
    variable,
    example,
  );
}

async function selected(connection: RespConnection, number: number): Promise<boolean> {
  try {
    await connection.send('SELECT', String(number));
    return true;
  } catch {
    return false; // Beyond the last.
  }
}
