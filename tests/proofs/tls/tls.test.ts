import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { runToEnd, Started } from '../../../src/verify/cluster/process.js';
import { type Project, readProject } from '../../../src/verify/cluster/project.js';
import { until } from '../../../src/verify/http/waiting.js';
import { freePort } from '../../../src/verify/proxies/ports.js';
import { makeProject, scratchFolder } from '../../command-line.js';
import { debian, requires, root, uv } from '../../requirements.js';
import { Authority, type Certificate } from './authority.js';
import { password, TlsPostgres } from './postgres.js';
import { TlsRedis } from './redis.js';

/** A project of each language, and the variable that adds trusted certificates to its runtime. */
const projects = [
  { framework: 'fastify', language: 'node', trust: 'NODE_EXTRA_CA_CERTS' },
  { framework: 'fastapi', language: 'python', trust: 'SSL_CERT_FILE' },
];
const templates = path.resolve(import.meta.dirname, '../../../templates/languages');
const folder = scratchFolder('tls');
let ours: Authority;
let theirs: Authority;
let local: Certificate;
let elsewhere: Certificate;
let postgres: TlsPostgres | undefined;
let redis: TlsRedis | undefined;

const prepare = requires(root, debian('postgresql', 'redis-server', 'openssl', 'python3-venv'), uv);

prepare(async () => {
  ours = await Authority.create(folder, 'ours');
  theirs = await Authority.create(folder, 'theirs');
  local = await ours.sign('localhost');
  elsewhere = await ours.sign('elsewhere.example');
  postgres = await TlsPostgres.start(folder, await freePort(), local);
  redis = await TlsRedis.start(folder, await freePort(), ours, local);
});

afterAll(async () => {
  await redis?.stop();
  await postgres?.stop();
  fs.removeSync(folder);
});

describe.each(projects)('$framework', ({ framework, language, trust }) => {
  let project: Project;
  let settings: Record<string, string>;

  prepare(async () => {
    const choices = {
      framework,
      database: 'postgresql',
      cache: 'redis',
      auth: 'none',
      ci: 'none',
      deploy: 'none',
    };
    project = readProject(await makeProject(folder, framework, choices));
    fs.copySync(ours.file, path.join(project.directory, 'certificates/database.pem'));
    fs.copySync(theirs.file, path.join(project.directory, 'certificates/theirs.pem'));
    if (project.commands.build) await execa({ cwd: project.directory })`${project.commands.build.split(' ')}`;
    await postgres!.query('postgres', `create database ${framework}`);
    settings = {
      ...project.startEnvironment,
      CURSOR_SECRET: randomBytes(24).toString('hex'),
      HOST: '127.0.0.1',
      NODE_ENV: 'production',
      DRAIN_DELAY_MS: '0',
      REQUEST_TIMEOUT_MS: '30000',
      DB_STATEMENT_TIMEOUT_MS: '20000',
      DATABASE_URL: url('sslmode=verify-full', 'certificates/database.pem'),
      PGPASSWORD: password,
      REDIS_URL: redis!.url,
    };
  });

  beforeEach(async () => {
    await redis?.command('flushall');
  });

  function url(mode: string, authority: string): string {
    return `postgresql://app@localhost:${postgres!.port}/${framework}?${mode}&sslrootcert=${authority}`;
  }

  async function migrate(env: Record<string, string>): Promise<void> {
    await runToEnd(
      project.migrateCommand,
      project.directory,
      { ...settings, ...env },
      AbortSignal.timeout(60_000),
    );
  }

  /** Starts an instance that is stopped after the test. @returns its address */
  async function start(env: Record<string, string>): Promise<string> {
    const port = await freePort();
    const ports = { PORT: `${port}`, MANAGEMENT_PORT: `${await freePort()}` };
    const started = new Started(project.startCommand, project.directory, { ...settings, ...ports, ...env });
    onTestFinished(() => started.stop(5000));
    const address = `http://127.0.0.1:${port}`;
    const answers = () => readiness(address).then(Boolean, () => false);
    await until(async () => !started.running || (await answers()), 60_000);
    expect(started.running, started.lines().join('\n')).toBe(true);
    return address;
  }

  test('uses database and cache over TLS', async () => {
    await migrate({});
    const address = await start({ [trust]: ours.file });
    await expect.poll(() => readiness(address), { timeout: 20_000 }).toMatchObject({ status: 'ready' });
    expect((await fetch(`${address}/v1/products`)).status).toBe(200);
    const encrypted = `select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) where datname = '${framework}'`;
    expect(await postgres!.query(framework, encrypted)).toBe('t');
    expect(Number(await redis!.command('dbsize'))).toBeGreaterThan(0);
  });

  // The request to cancel a statement is not encrypted.
  test('cancels a statement that waits for a lock when its request ends', async () => {
    const address = await start({ [trust]: ours.file });
    const holder = postgres!.query(framework, 'begin; lock table products; select pg_sleep(8)');
    const waiting = `select count(*) from pg_stat_activity where datname = '${framework}' and wait_event_type = 'Lock'`;
    const locked = `select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted`;
    await expect.poll(() => postgres!.query(framework, locked), { timeout: 5000 }).not.toBe('0');
    const aborted = fetch(`${address}/v1/products?limit=7`, { signal: AbortSignal.timeout(500) });
    await expect(aborted).rejects.toThrow(/timeout/);
    await expect.poll(() => postgres!.query(framework, waiting), { timeout: 2500 }).toBe('0');
    expect(await postgres!.query(framework, locked), 'the lock is gone: the test proves nothing').not.toBe(
      '0',
    );
    await holder;
  });

  test('does not talk to a cache whose certificate it does not trust', async () => {
    const address = await start({});
    await expect
      .poll(() => readiness(address), { timeout: 10_000 })
      .toMatchObject({ checks: { cache: 'down' } });
  });

  test('refuses a database with a certificate of another authority, or for another host', async () => {
    const stranger = { DATABASE_URL: url('sslmode=verify-full', 'certificates/theirs.pem') };
    await expect(migrate(stranger)).rejects.toThrow();
    await postgres!.show(elsewhere);
    onTestFinished(() => postgres!.show(local));
    await expect(migrate({})).rejects.toThrow();
  });

  test('accepts any host of an authority that serves one database only, and no other authority', async () => {
    const layer = fs.readJsonSync(path.join(templates, language, 'databases/postgresql/layer.json'));
    const mode = layer.contributes.terms.verifyAuthority;
    await postgres!.show(elsewhere);
    onTestFinished(() => postgres!.show(local));
    await migrate({ DATABASE_URL: url(mode, ours.file) });
    await expect(migrate({ DATABASE_URL: url(mode, theirs.file) })).rejects.toThrow();
  });
});

/** What an instance says of itself. */
async function readiness(address: string): Promise<unknown> {
  return (await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(2000) })).json();
}
