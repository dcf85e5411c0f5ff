import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolvedWith } from '../../../src/answers/resolve.js';
import { catalogOf } from '../../../src/catalog/compile.js';
import { render } from '../../../src/render/render.js';
import { until } from '../../../src/verify/http/waiting.js';
import { unprivileged } from '../../../src/verify/services/account.js';
import { findPrograms } from '../../../src/verify/services/postgres-programs.js';
import { startPostgres } from '../../../src/verify/services/postgres-server.js';
import { ServerProcess } from '../../../src/verify/services/server-process.js';
import { scratchFolder } from '../../command-line.js';
import { debian, requires } from '../../requirements.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../../templates'));
const folder = scratchFolder('backup');
const scripts = path.join(folder, 'scripts');
const sqlite = path.join(folder, 'sqlite/take.sh');
const account = unprivileged()!;
const refuse = (given: string, possible: string) => new Error(`${given}: ${possible}`);
/** Of every kind whose text depends on settings, with a name that must be quoted. */
const tables = `
  create table "odd ""name'" (id int primary key, at timestamptz, day date, share numeric, float float8, more jsonb, raw bytea);
  insert into "odd ""name'" select n, '2030-01-31T12:00:00Z', '2030-01-31', n / 7.0, n / 3.0, jsonb_build_object('n', n), '\\x00ff'
    from generate_series(1, 1000) n;
  create schema other;
  create table other.schema_version (name text);
  insert into other.schema_version values ('0002_second');`;

let server: Awaited<ReturnType<typeof startPostgres>>;
let environment: NodeJS.ProcessEnv;
let backups: string;

const prepare = requires(debian('postgresql', 'shellcheck'));

prepare(async () => {
  const choices = { framework: 'fastify', database: 'postgresql', cache: 'redis', deploy: 'compose' };
  for (const [file, { text }] of render(resolvedWith(catalog, choices), '0.0.0'))
    if (file.startsWith('deploy/backup/')) fs.outputFileSync(path.join(scripts, path.basename(file)), text);
  const inFile = { framework: 'fastify', database: 'sqlite', cache: 'memory', deploy: 'compose' };
  fs.outputFileSync(
    sqlite,
    render(resolvedWith(catalog, inFile), '0.0.0').get('deploy/backup/take.sh')!.text,
  );
  server = await startPostgres([], folder, refuse);
  const { hostname, port, username, password } = server.url;
  environment = {
    PATH: `${findPrograms([], account, process.env, refuse)}:${process.env.PATH}`,
    LC_ALL: 'C',
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: 'app',
  };
});

beforeEach(async () => {
  await query('postgres', 'create database app');
  await query('app', tables);
  backups = fs.mkdtempSync(path.join(folder, 'backups-'));
  if (account.uid !== undefined) fs.chownSync(backups, account.uid, account.gid!);
});

afterEach(async () => {
  const names = await query('postgres', "select datname as name from pg_database where datname like 'app%'");
  for (const { name } of names) await query('postgres', `drop database "${name}" with (force)`);
});

afterAll(async () => {
  await server?.program.stop('SIGINT', 20_000);
  fs.removeSync(folder);
});

async function query(database: string, sql: string): Promise<{ name: string }[]> {
  const url = new URL(server.url);
  url.pathname = database;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query<{ name: string }>(sql)).rows;
  } finally {
    await client.end();
  }
}

function run(script: string, ...args: string[]) {
  return execa('sh', [path.join(scripts, script), ...args], {
    ...account,
    env: environment,
    extendEnv: false,
    cwd: '/',
    all: true,
    reject: false,
  });
}

const take = () => run('take.sh', backups);
const drill = () => run('drill.sh', backups, path.join(backups, 'scratch'));

/** The only backup. */
function dump(): string {
  const names = fs.readdirSync(backups).filter((name) => name.endsWith('.dump'));
  expect(names).toHaveLength(1);
  return path.join(backups, names[0]!);
}

test('shellcheck finds nothing', async () => {
  const names = fs.readdirSync(scripts).filter((name) => name.endsWith('.sh'));
  expect(names).toHaveLength(4);
  await execa('shellcheck', [...names, sqlite], { cwd: scripts });
});

test('a backup is restored with all rows while others write, and only its owner may read it', async () => {
  const writing = query('app', 'select pg_sleep(0.2); delete from "odd ""name\'" where id <= 500');
  const taken = await take();
  await writing;
  expect(taken.exitCode, taken.all).toBe(0);
  expect(fs.statSync(dump()).mode & 0o077).toBe(0);
  const restored = await drill();
  expect(restored.exitCode, restored.all).toBe(0);
  expect(restored.all).toMatch(/restored .*: 2 tables, (501|1001) rows$/);
  expect(fs.readdirSync(path.join(backups, 'scratch'))).toEqual([]);
});

describe('a test restore fails', () => {
  const damages: [what: string, damage: (file: string) => void, says: RegExp][] = [
    [
      'with bytes that are wrong',
      (file) => {
        const bytes = fs.readFileSync(file);
        bytes.fill('damaged', bytes.length / 2, bytes.length / 2 + 64);
        fs.writeFileSync(file, bytes);
      },
      /pg_restore: error/,
    ],
    ['with a part only', (file) => fs.truncateSync(file, fs.statSync(file).size / 2), /pg_restore: error/],
    [
      'with rows that the database did not have',
      (file) => {
        const rows = file.replace(/dump$/, 'rows');
        fs.writeFileSync(rows, fs.readFileSync(rows, 'utf8').replace('|1000|', '|1001|'));
      },
      /does not have the rows that the database had/,
    ],
    ['without a backup', (file) => fs.removeSync(file), /There is no backup/],
  ];

  test.each(damages)('%s', async (_, damage, says) => {
    await take();
    damage(dump());
    const { exitCode, all } = await drill();
    expect(exitCode, all).toBe(1);
    expect(all).toMatch(says);
  });
});

test('a backup that fails leaves nothing that could be taken for one', async () => {
  const broken = path.join(folder, 'broken');
  fs.outputFileSync(path.join(broken, 'pg_dump'), '#!/bin/sh\necho half >"$PART"\nexit 1\n', { mode: 0o755 });
  const { exitCode, all } = await execa('sh', [path.join(scripts, 'take.sh'), backups], {
    ...account,
    env: { ...environment, PATH: `${broken}:${environment.PATH}` },
    all: true,
    reject: false,
  });
  expect([exitCode, all, fs.readdirSync(backups)]).toEqual([
    1,
    expect.stringContaining('pg_dump has failed'),
    [],
  ]);
});

test('old backups are deleted, others are not', async () => {
  const [old, young] = [8, 6].map((days) => {
    const file = path.join(backups, `${days}-days.dump`);
    fs.outputFileSync(file, '');
    fs.utimesSync(file, new Date(), new Date(Date.now() - days * 86_400_000 - 60_000));
    if (account.uid !== undefined) fs.chownSync(file, account.uid, account.gid!);
    return file;
  });
  await take();
  expect([old!, young!].map((file) => fs.existsSync(file))).toEqual([false, true]);
});

test('a restore brings rows back and keeps the database before; a damaged backup changes nothing', async () => {
  await take();
  const count = async () => (await query('app', 'select count(*)::int as name from "odd ""name\'"'))[0]!.name;
  await query('app', 'delete from "odd ""name\'"');
  const good = fs.readFileSync(dump());
  fs.truncateSync(dump(), good.length / 2);
  expect([(await run('restore.sh', dump())).exitCode, await count()]).toEqual([1, 0]);
  fs.writeFileSync(dump(), good);
  const { exitCode, all } = await run('restore.sh', dump());
  expect([exitCode, await count()], all).toEqual([0, 1000]);
  const kept = await query(
    'postgres',
    "select datname as name from pg_database where datname ~ '^app_[0-9]'",
  );
  expect(kept).toHaveLength(1);
});

describe('run.sh', () => {
  /** Runs it until it has published what is asked for, or has failed. */
  async function published(env: Record<string, string>, ready: (text: string, log: string) => boolean) {
    const settings = { BACKUP_EVERY_S: '2', RESTORE_EVERY_S: '2' };
    const running = new ServerProcess('sh', [path.join(scripts, 'run.sh'), backups], account, {
      ...environment,
      ...settings,
      ...env,
    });
    const read = () => {
      const metrics = path.join(backups, 'metrics');
      if (!fs.existsSync(metrics)) return '';
      const files = fs.readdirSync(metrics).filter((name) => name.endsWith('.prom'));
      return files.map((name) => fs.readFileSync(path.join(metrics, name), 'utf8')).join('');
    };
    const done = await until(async () => ready(read(), running.printed), 120_000);
    await running.stop('SIGTERM', 20_000);
    expect(done, running.printed).toBe(true);
    return read();
  }

  test('publishes when a backup and its restore have succeeded', async () => {
    const text = await published({}, (metrics) => metrics.includes('restore_duration_seconds'));
    const values = Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    );
    const now = Date.now() / 1000;
    expect(Math.abs(now - values.backup_last_success_timestamp_seconds)).toBeLessThan(120);
    expect(Math.abs(now - values.restore_last_success_timestamp_seconds)).toBeLessThan(120);
    expect(values).toMatchObject({ backup_interval_seconds: '2', restore_interval_seconds: '2' });
  });

  test('publishes no success of what has failed, says so, and goes on', async () => {
    const failed = (log: string) => log.split('The backup has failed.').length > 2;
    const text = await published({ PGPASSWORD: 'wrong' }, (_, log) => failed(log));
    expect(text).toMatch(/^backup_last_success_timestamp_seconds 0$/m);
    expect(text).toMatch(/^restore_last_success_timestamp_seconds 0$/m);
  });
});

describe('a backup of SQLite', () => {
  /** Stands in for docker: runs the program of the container here. */
  const docker = `#!/bin/sh
case $1 in
  compose) echo api ;;
  run) exec python3 - "$DATA/app.db" "$BACKUPS/taken.db" ;;
esac
`;

  async function taken(make: string) {
    const place = fs.mkdtempSync(path.join(folder, 'sqlite-'));
    const folders = { DATA: path.join(place, 'data'), BACKUPS: path.join(place, 'backups') };
    for (const each of Object.values(folders)) fs.ensureDirSync(each);
    fs.outputFileSync(path.join(place, 'bin/docker'), docker, { mode: 0o755 });
    const python = (code: string) =>
      execa('python3', ['-c', `import sqlite3\n${code}`], { cwd: folders.DATA });
    await python(make);
    const { exitCode, all } = await execa('sh', [sqlite, folders.BACKUPS], {
      env: { ...folders, PATH: `${place}/bin:${process.env.PATH}` },
      all: true,
      reject: false,
    });
    return { exitCode, all, files: fs.readdirSync(folders.BACKUPS) };
  }

  const open = 'db = sqlite3.connect("app.db", isolation_level=None)\n';
  const fill = `${open}db.execute("pragma journal_mode = wal")
db.execute('create table "order" (id integer primary key, text text)')
db.execute("begin")
db.executemany('insert into "order" (text) values (?)', [("x" * 100,)] * 5000)
db.execute("commit")
`;

  test('has the rows of the log as well', async () => {
    // The connection ends without a checkpoint, as that of an API that runs.
    const { exitCode, all, files } = await taken(`${fill}import os; os._exit(0)`);
    expect([exitCode, files], all).toEqual([0, ['taken.db']]);
    expect(all).toMatch(/1 tables, 5000 rows$/);
  });

  test('fails when the database is damaged', async () => {
    const damage = `db.execute("pragma wal_checkpoint(truncate)")
db.close()
with open("app.db", "r+b") as file:
    file.seek(20 * 4096)
    file.write(b"damaged" * 2000)
`;
    const { exitCode, files } = await taken(fill + damage);
    expect([exitCode, files.filter((name) => name.endsWith('.db'))]).toEqual([1, []]);
  });
});
