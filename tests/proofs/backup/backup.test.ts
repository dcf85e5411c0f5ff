import { once } from 'node:events';
import path from 'node:path';
import { execa, execaSync } from 'execa';
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
const sqlite = path.join(folder, 'sqlite');
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
  for (const [place, database, cache] of [
    [scripts, 'postgresql', 'redis'],
    [sqlite, 'sqlite', 'memory'],
  ] as const) {
    const choices = { framework: 'fastify', database, cache, deploy: 'compose' };
    for (const [file, { text }] of render(resolvedWith(catalog, choices), '0.0.0'))
      if (file.startsWith('deploy/backup/')) fs.outputFileSync(path.join(place, path.basename(file)), text);
  }
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

test.each([scripts, sqlite])('shellcheck finds nothing in %s', async (place) => {
  const names = fs.readdirSync(place).filter((name) => name.endsWith('.sh'));
  expect(names).toHaveLength(4);
  await execa('shellcheck', names, { cwd: place });
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
  type Ready = (metrics: string, log: string) => boolean;

  /** Runs it until it has published what is asked for, or has failed. */
  async function published(env: NodeJS.ProcessEnv, ready: Ready, place = scripts) {
    const settings = { BACKUP_EVERY_S: '2', RESTORE_EVERY_S: '2' };
    const running = new ServerProcess('sh', [path.join(place, 'run.sh'), backups], account, {
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

  const succeeded: Ready = (metrics) => metrics.includes('restore_duration_seconds');

  test('publishes those of SQLite, and takes the first as soon as there is a database', async () => {
    const data = fs.mkdtempSync(path.join(folder, 'data-'));
    if (account.uid !== undefined) fs.chownSync(data, account.uid, account.gid!);
    const file = path.join(data, 'app.db');
    let begun = false;
    const env = { DATABASE_FILE: file, BACKUP_EVERY_S: '5' };
    const ready: Ready = (metrics, log) => {
      if (!begun && log.includes('The backup has failed.')) {
        begun = true;
        const make = 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("create table one (id)")';
        execaSync('python3', ['-c', make, file], account);
      }
      return succeeded(metrics, log);
    };
    const text = await published(env, ready, sqlite);
    expect(text).toMatch(/^backup_last_success_timestamp_seconds [1-9]/m);
    expect(begun).toBe(true);
  });

  test('publishes when a backup and its restore have succeeded', async () => {
    const text = await published({}, succeeded);
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
  const open = 'db = sqlite3.connect("app.db", isolation_level=None)\n';
  const fill = `${open}db.execute("pragma journal_mode = wal")
db.execute('create table "order" (id integer primary key, text text)')
db.execute("begin")
db.executemany('insert into "order" (text) values (?)', [("x" * 100,)] * 5000)
db.execute("commit")
`;
  /** The connection ends without a checkpoint, as that of an API that runs. */
  const goes = 'import os; os._exit(0)';
  const count = 'db.execute("select count(*) from \'order\'").fetchone()[0]';
  let place: string;
  let kept: string;

  beforeEach(() => {
    place = fs.mkdtempSync(path.join(folder, 'sqlite-'));
    kept = path.join(place, 'backups');
    fs.ensureDirSync(kept);
  });

  const python = async (code: string) =>
    (await execa('python3', ['-c', `import sqlite3\n${code}`], { cwd: place })).stdout;
  const script = (name: string, ...args: string[]) =>
    execa('sh', [path.join(sqlite, name), ...args], {
      env: { DATABASE_FILE: path.join(place, 'app.db') },
      all: true,
      reject: false,
    });
  const drilled = () => script('drill.sh', kept, path.join(kept, 'scratch'));
  const copies = () => fs.readdirSync(kept).filter((name) => name.endsWith('.db'));
  const copy = () => path.join(kept, copies()[0]!);

  test('has the rows of the log as well, and is restored; only its owner may read it', async () => {
    await python(fill + goes);
    const taken = await script('take.sh', kept);
    expect(taken.all).toMatch(/1 tables, 5000 rows$/);
    expect(fs.statSync(copy()).mode & 0o077).toBe(0);
    const { exitCode, all } = await drilled();
    expect([exitCode, all]).toEqual([0, expect.stringMatching(/restored .*: 1 tables, 5000 rows$/)]);
    expect(fs.readdirSync(kept).sort()).toEqual([
      path.basename(copy()),
      path.basename(copy()).replace('.db', '.rows'),
    ]);
  });

  test('is of one moment while others write', async () => {
    await python(fill + goes);
    const writing = execa(
      'python3',
      ['-c', `import sqlite3\n${open}while True: db.execute("insert into 'order' (text) values ('y')")`],
      { cwd: place, reject: false },
    );
    try {
      for (let time = 0; time < 3; time += 1) {
        fs.emptyDirSync(kept);
        const taken = await script('take.sh', kept);
        expect(taken.exitCode, taken.all).toBe(0);
        expect((await drilled()).exitCode).toBe(0);
      }
    } finally {
      writing.kill('SIGKILL');
      await writing;
    }
  });

  test('fails when the database is damaged, or is not there', async () => {
    expect((await script('take.sh', kept)).all).toMatch(/app.db: unable to open database file/);
    await python(`${fill}db.execute("pragma wal_checkpoint(truncate)")
db.close()
with open("app.db", "r+b") as file:
    file.seek(20 * 4096)
    file.write(b"damaged" * 2000)
`);
    const { exitCode } = await script('take.sh', kept);
    expect([exitCode, copies()]).toEqual([1, []]);
  });

  test.each<[what: string, damage: (file: string) => void]>([
    [
      'with bytes that are wrong',
      (file) => {
        const bytes = fs.readFileSync(file);
        bytes.fill('damaged', bytes.length / 2, bytes.length / 2 + 9000);
        fs.writeFileSync(file, bytes);
      },
    ],
    ['with a part only', (file) => fs.truncateSync(file, 5 * 4096)],
    [
      'with rows that the database did not have',
      (file) => {
        const rows = file.replace(/db$/, 'rows');
        fs.writeFileSync(rows, fs.readFileSync(rows, 'utf8').replace('|5000|', '|5001|'));
      },
    ],
    ['without a backup', (file) => fs.removeSync(file)],
  ])('is not restored %s', async (_, damage) => {
    await python(fill + goes);
    await script('take.sh', kept);
    const file = copy();
    damage(file);
    expect((await drilled()).exitCode).toBe(1);
    expect((await script('restore.sh', file)).exitCode).toBe(1);
    expect(await python(`${open}print(${count})`)).toBe('5000');
  });

  test('takes the place of the database that nobody has open, which is kept with its log', async () => {
    await python(fill + goes);
    await script('take.sh', kept);
    await python(`${open}db.execute("delete from 'order' where id > 7")\n${goes}`);
    const running = execa('python3', ['-c', `import sqlite3\n${open}print(${count}, flush=True)\ninput()`], {
      cwd: place,
    });
    await once(running.stdout!, 'data');
    const refused = await script('restore.sh', copy());
    running.stdin!.end('\n');
    await running;
    expect([refused.exitCode, refused.all]).toEqual([1, expect.stringContaining('is in use')]);
    const { exitCode, all } = await script('restore.sh', copy());
    expect(exitCode, all).toBe(0);
    const before = fs.readdirSync(place).find((name) => /^app\.db\.[0-9TZ-]+$/.test(name))!;
    expect(await python(`${open}print(${count})`)).toBe('5000');
    expect(await python(`${open.replace('app.db', before)}print(${count})`)).toBe('7');
  });

  test('that is old is deleted, others are not', async () => {
    await python(fill + goes);
    const files = [8, 6].map((days) => {
      const file = path.join(kept, `${days}-days.db`);
      fs.outputFileSync(file, '');
      fs.utimesSync(file, new Date(), new Date(Date.now() - days * 86_400_000 - 60_000));
      return file;
    });
    await script('take.sh', kept);
    expect(files.map((file) => fs.existsSync(file))).toEqual([false, true]);
  });
});
