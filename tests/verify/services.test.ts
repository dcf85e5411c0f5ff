import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openFaultProxy } from '../../src/verify/proxies/fault-proxy.js';
import type { CommandCounter } from '../../src/verify/proxies/faults.js';
import { providerFor, providers } from '../../src/verify/services/index.js';
import { postgresCounter } from '../../src/verify/services/postgres-counter.js';
import { redisCounter } from '../../src/verify/services/redis-counter.js';
import { RespConnection } from '../../src/verify/services/resp.js';
import type { Server } from '../../src/verify/services/service.js';
import { eventually } from './eventually.js';

let scratch: string;
beforeAll(() => {
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'verify-services-'));
});
afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const start = (protocol: string, programs: string[] = []) =>
  providerFor(protocol)!.start({ programs, scratch });

describe('the list', () => {
  it('finds a provider by each protocol, and none by another', () => {
    for (const provider of providers)
      for (const protocol of provider.protocols) expect(providerFor(protocol)).toBe(provider);
    expect(providerFor('http')).toBeUndefined();
  });
});

describe('a started PostgreSQL', () => {
  let server: Server;
  beforeAll(async () => {
    server = await start('postgresql');
  });
  afterAll(() => server.close());

  it('gives databases that do not see each other, through any port', async () => {
    const [one, other] = [await server.open('shop'), await server.open('shop')];
    await one.sql!.query('create table things (id integer primary key)');
    await one.sql!.query('insert into things values ($1), ($2)', [1, 2]);
    expect(await one.sql!.query('select id from things order by id')).toEqual([{ id: 1 }, { id: 2 }]);
    await expect(other.sql!.query('select id from things')).rejects.toThrow('does not exist');
    const client = new pg.Client({ connectionString: one.urlBehind(one.port) });
    await client.connect();
    expect((await client.query('select count(*)::int as n from things')).rows).toEqual([{ n: 2 }]);
    const [{ max_connections: connections } = {}] = await one.sql!.query('show max_connections');
    expect(connections).toBe('200');
    const dropped = new Promise((resolve) => client.on('error', resolve));
    await one.close();
    await dropped;
    await client.end();
    const names = await other.sql!.query("select datname from pg_database where datname like 'verify_%'");
    expect(names).toHaveLength(1);
    await other.close();
  });

  it('counts statements, not messages, behind a proxy', async () => {
    const service = await server.open('counted');
    const proxy = await openFaultProxy(service);
    const client = new pg.Client({ connectionString: service.urlBehind(proxy.port) });
    await client.connect();
    expect([proxy.commands, proxy.connections]).toEqual([0, 1]);
    await client.query('select 1');
    await client.query('select $1::text', ['x'.repeat(200_000)]);
    await client.query({ name: 'named', text: 'select $1::int', values: [1] });
    await client.query({ name: 'named', text: 'select $1::int', values: [2] });
    expect(proxy.commands).toBe(4);
    await client.end();
    await eventually(() => expect(proxy.connections).toBe(0));
    await proxy.close();
    await service.close();
  });

  it('stops with all its processes, and continues', async () => {
    const service = await server.open('frozen');
    await service.sql!.query('select 1');
    server.freeze!();
    let answered = false;
    const answer = service.sql!.query('select 1').then(() => {
      answered = true;
    });
    await sleep(200);
    expect(answered).toBe(false);
    server.thaw!();
    await answer;
    await service.close();
  });

  it('can be given instead, and keeps nothing of what was made', async () => {
    const own = await server.open('own');
    const url = own.urlBehind(own.port);
    vi.stubEnv('VERIFY_DATABASE_URL', url);
    const given = await start('postgres');
    expect(given.freeze).toBeUndefined();
    const space = await given.open('guest');
    expect(await space.sql!.query('select current_database() like $1 as guest', ['verify_guest_%'])).toEqual([
      { guest: true },
    ]);
    await space.close();
    await given.close();
    expect(await own.sql!.query("select 1 from pg_database where datname like 'verify_guest_%'")).toEqual([]);
    await own.close();
  });

  it('ends when it is frozen, too', async () => {
    const second = await start('postgresql');
    const service = await second.open('last');
    second.freeze!();
    await second.close();
    await expect(RespConnection.open(new URL(`redis://127.0.0.1:${service.port}`))).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});

describe('a PostgreSQL that cannot be had', () => {
  it.each([
    ['nonsense', 'is no URL'],
    ['mysql://root:secret@localhost/x', 'mysql://root:***@localhost/x'],
    ['postgresql://a:secret@localhost/x?sslmode=require', 'without TLS'],
    ['postgresql://a:secret@127.0.0.1:9/x', 'ECONNREFUSED'],
  ])('says what is wrong with %s', async (url, part) => {
    vi.stubEnv('VERIFY_DATABASE_URL', url);
    const failure = await start('postgres').catch((error) => error);
    expect(failure).toMatchObject({ name: 'UserError', message: expect.stringContaining(part) });
    expect(failure.message).not.toContain('secret');
    expect(failure.problems[0].command).toContain('VERIFY_DATABASE_URL=');
  });

  it.runIf(process.getuid?.() === 0)('says which folder is closed to the other user', async () => {
    const closed = path.join(scratch, 'closed');
    fs.mkdirSync(path.join(closed, 'scratch'), { recursive: true });
    fs.chmodSync(closed, 0o700);
    await expect(
      providerFor('postgres')!.start({ programs: [], scratch: path.join(closed, 'scratch') }),
    ).rejects.toThrow(`may not enter ${closed}: run "chmod o+x ${closed}"`);
  });

  it('passes over programs that do not run', async () => {
    const broken = path.join(scratch, 'broken');
    fs.mkdirSync(broken);
    for (const name of ['initdb', 'postgres'])
      fs.writeFileSync(path.join(broken, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const server = await start('postgresql', [broken]);
    await (await server.open('there')).close();
    await server.close();
  });
});

describe('a started Redis', () => {
  let server: Server;
  beforeAll(async () => {
    server = await start('redis');
  });
  afterAll(() => server.close());

  const ask = async (url: string, ...command: string[]) => {
    const connection = await RespConnection.open(new URL(url));
    try {
      await connection.send('SELECT', new URL(url).pathname.slice(1));
      return await connection.send(...command);
    } finally {
      connection.close();
    }
  };

  it('gives numbered databases that do not see each other, and empties them', async () => {
    const [one, other] = [await server.open('one'), await server.open('other')];
    const [url, otherUrl] = [one.urlBehind(one.port), other.urlBehind(other.port)];
    expect(url).not.toBe(otherUrl);
    await ask(url, 'SET', 'key', 'value');
    expect(await ask(otherUrl, 'EXISTS', 'key')).toBe('0');
    await one.close();
    expect(await ask(url, 'DBSIZE')).toBe('0');
    await other.close();
  });

  it('loses the data of a space, which stays its own', async () => {
    const [one, other] = [await server.open('emptied'), await server.open('kept')];
    for (const service of [one, other]) await ask(service.urlBehind(service.port), 'SET', 'kept', 'x');
    await one.empty!();
    expect([await one.keys!(), (await other.keys!()).length]).toEqual([[], 1]);
    const next = await server.open('next');
    expect(next.urlBehind(1)).not.toBe(one.urlBehind(1));
    for (const service of [one, other, next]) await service.close();
  });

  it('lists the keys of a space with their time to live', async () => {
    const [one, other] = [await server.open('one'), await server.open('other')];
    expect(await one.keys!()).toEqual([]);
    const url = one.urlBehind(one.port);
    await ask(url, 'SET', 'with "quotes"\r\nand lines', 'value', 'PX', '60000');
    await ask(url, 'SET', 'lasting', 'value');
    const keys = await one.keys!();
    const ttlOf = (name: string) => keys.find((key) => key.name === name)?.ttlMs;
    expect(keys.map(({ name }) => name).sort()).toEqual(['lasting', 'with "quotes"\r\nand lines']);
    expect(ttlOf('lasting')).toBeUndefined();
    expect(ttlOf('with "quotes"\r\nand lines')).toBeGreaterThan(1000);
    expect(ttlOf('with "quotes"\r\nand lines')).toBeLessThanOrEqual(60_000);
    expect(await other.keys!()).toEqual([]);
    for (const service of [one, other]) await service.close();
  });

  it('leaves databases alone that are in use', async () => {
    const url = await server.open('sample').then((sample) => sample.urlBehind(sample.port));
    const base = url.replace(/\/\d+$/, '');
    await ask(url, 'FLUSHDB');
    for (let number = 0; number < 15; number += 1) await ask(`${base}/${number}`, 'SET', 'theirs', 'x');
    vi.stubEnv('VERIFY_REDIS_URL', base);
    const given = await start('rediss');
    expect(given.demote).toBeUndefined();
    const last = await given.open('last');
    expect(last.urlBehind(1)).toMatch(/\/15$/);
    await expect(given.open('none')).rejects.toThrow('has no empty database');
    await last.close();
    for (let number = 0; number < 15; number += 1) expect(await ask(`${base}/${number}`, 'DBSIZE')).toBe('1');
    await ask(base, 'FLUSHALL').catch(() => ask(`${base}/0`, 'FLUSHALL'));
  });

  it('counts commands behind a proxy, and can be stopped and continued', async () => {
    const service = await server.open('counted');
    const proxy = await openFaultProxy(service);
    const connection = await RespConnection.open(new URL(service.urlBehind(proxy.port)));
    await connection.send('SET', 'key', '*3\r\n$1\r\n');
    await connection.send('DEL', 'key');
    expect(proxy.commands).toBe(2);
    server.freeze!();
    let answered = false;
    const answer = connection.send('PING').then(() => {
      answered = true;
    });
    await sleep(200);
    expect(answered).toBe(false);
    server.thaw!();
    await answer;
    connection.close();
    await proxy.close();
    await service.close();
  });

  it('can be demoted to a replica that keeps its connections, and become the primary again', async () => {
    const service = await server.open('demoted');
    const url = new URL(service.urlBehind(service.port));
    const connection = await RespConnection.open(url);
    const number = url.pathname.slice(1);
    await connection.send('SELECT', number);
    await connection.send('SET', 'before', 'x');
    const successor = await server.demote!();
    await expect(connection.send('SET', 'refused', 'x')).rejects.toThrow('READONLY');
    const behind = `redis://${successor.host}:${successor.port}/${number}`;
    expect(await ask(behind, 'EXISTS', 'before')).toBe('1');
    await ask(behind, 'SET', 'after', 'x');
    await eventually(async () => expect(await connection.send('EXISTS', 'after')).toBe('1'));
    await successor.undo();
    expect(await connection.send('SET', 'again', 'x')).toBe('OK');
    await expect(ask(behind, 'PING')).rejects.toThrow('ECONNREFUSED');
    connection.close();
    await service.close();
  });

  it.each([
    ['rediss://user:secret@localhost', 'without TLS'],
    ['redis://user:secret@127.0.0.1:9', 'ECONNREFUSED'],
    ['nonsense', 'is no URL'],
  ])('says what is wrong with %s', async (url, part) => {
    vi.stubEnv('VERIFY_REDIS_URL', url);
    const failure = await start('redis').catch((error) => error);
    expect(failure).toMatchObject({ name: 'UserError', message: expect.stringContaining(part) });
    expect(failure.message).not.toContain('secret');
  });

  it('is not left behind when this process ends without closing it', async () => {
    const script = `
      const { redis } = await import('${path.resolve('src/verify/services/redis.ts')}');
      const server = await redis.start({ programs: [], scratch: '${scratch}' });
      console.log((await server.open('x')).port);
      process.exit(0);`;
    const port = execFileSync('npx', ['tsx', '--input-type=module', '--eval', script], {
      encoding: 'utf8',
    }).trim();
    expect(port).toMatch(/^\d+$/);
    await eventually(async () => {
      const socket = connect(Number(port), '127.0.0.1');
      const code = await new Promise((resolve) =>
        socket
          .once('connect', () => resolve('connected'))
          .once('error', (error) => resolve('code' in error && error.code)),
      );
      socket.destroy();
      expect(code).toBe('ECONNREFUSED');
    });
  });
});

describe('counters', () => {
  /** Feeds bytes in pieces of that size. */
  const counted = (counter: CommandCounter, bytes: Buffer, size: number) => {
    let sum = 0;
    for (let place = 0; place < bytes.length; place += size)
      sum += counter(bytes.subarray(place, place + size));
    return sum;
  };
  const message = (type: string, body: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(4 + body.length);
    return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')]);
  };
  const version = (code: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(code);
    return bytes.toString('latin1');
  };
  const startup = [
    message('', version(80_877_104)),
    message('', version(80_877_103)),
    message('', `${version(196_608)}user\0QE\0\0`),
  ];
  const statements = [
    message('p', 'Q\0\0\0\u0005password\0'),
    message('Q', 'select 1\0'),
    ...['P', 'B', 'D', 'E', 'S'].map((type) => message(type, type === 'S' ? '' : 'QEQE'.repeat(20))),
    message('X', ''),
  ];

  it.each([1, 2, 3, 5, 7, 64, 10_000])('reads the protocol of PostgreSQL in pieces of %d', (size) => {
    expect(counted(postgresCounter(), Buffer.concat([...startup, ...statements]), size)).toBe(2);
  });

  it('counts nothing in TLS, however much comes', () => {
    const hello = Buffer.from([0x16, 3, 1, 0, 200]);
    const megabytes = Buffer.alloc(5_000_000, 'Q\0\0\0\u0004');
    const count = postgresCounter();
    let sum = count(startup[1]!) + count(hello);
    // More than the length that the first bytes would be.
    for (let sent = 0; sent < 0x17000000; sent += megabytes.length) sum += count(megabytes);
    expect(sum).toBe(0);
    expect(counted(redisCounter(), Buffer.concat([hello, Buffer.from('\nPING\r\n')]), 3)).toBe(0);
  });

  const commands = Buffer.from(
    '*2\r\n$3\r\nGET\r\n$4\r\n*1\r\n\r\n*1\r\n$4\r\nPING\r\nPING\r\n\r\n*3\r\n$3\r\nSET\r\n$1\r\nä\r\n$0\r\n\r\n',
    'latin1',
  );
  it.each([1, 2, 3, 5, 7, 10_000])('reads the protocol of Redis in pieces of %d', (size) => {
    expect(counted(redisCounter(), commands, size)).toBe(4);
  });
});
