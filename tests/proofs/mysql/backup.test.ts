import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { execa } from 'execa';
import fs from 'fs-extra';
import mysql from 'mysql2/promise';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { resolvedWith } from '../../../src/answers/resolve.js';
import { catalogOf } from '../../../src/catalog/compile.js';
import { render } from '../../../src/render/render.js';
import { until } from '../../../src/verify/http/waiting.js';
import { unprivileged } from '../../../src/verify/services/account.js';
import { startMysql } from '../../../src/verify/services/mysql-server.js';
import { ServerProcess } from '../../../src/verify/services/server-process.js';
import { scratchFolder } from '../../command-line.js';
import { debian, mysql as mysqlPrograms, requires } from '../../requirements.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../../templates'));
const folder = scratchFolder('mysql-backup');
const scripts = path.join(folder, 'scripts');
const account = unprivileged()!;
const password = 'not a secret';
/** What a dump has to take along: rows of every kind, keys on expressions, references, triggers. */
const tables = [
  `create table \`odd "name'\` (id binary(16) primary key, at datetime(3), share decimal(20,9), more json, raw varbinary(9),
    words text character set utf8mb4 collate utf8mb4_0900_bin, unique key hashed ((cast(sha2(words, 256) as char(64)))))`,
  `insert into \`odd "name'\` with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 1000)
    select unhex(lpad(hex(n), 32, '0')), '2030-01-31 12:00:00.123', n / 7.0, json_object('n', n), 0x00ff0a, concat('wörd \\\\ ', n) from numbers`,
  'create table child (id int primary key, parent binary(16), foreign key (parent) references `odd "name\'` (id))',
  'insert into child select 1, id from `odd "name\'` limit 1',
  'create trigger filled before insert on child for each row begin if new.id is null then set new.id = 1; end if; end',
];

let server: Awaited<ReturnType<typeof startMysql>>;
let environment: NodeJS.ProcessEnv;
let backups: string;

const prepare = requires(mysqlPrograms, debian('shellcheck'));

prepare(async () => {
  const choices = { framework: 'fastify', database: 'mysql', deploy: 'compose' };
  for (const [file, { text }] of render(resolvedWith(catalog, choices), '0.0.0'))
    if (file.startsWith('deploy/backup/')) fs.outputFileSync(path.join(scripts, path.basename(file)), text);
  server = await startMysql([], folder, (given, possible) => new Error(`${given}: ${possible}`));
  await query(`create user root@'127.0.0.1' identified by '${password}'`);
  await query("grant all on *.* to root@'127.0.0.1' with grant option");
  environment = {
    PATH: process.env.PATH,
    LC_ALL: 'C',
    MYSQL_HOST: '127.0.0.1',
    MYSQL_TCP_PORT: server.url.port,
    MYSQL_PWD: password,
    MYSQL_DATABASE: 'app',
  };
});

beforeEach(async () => {
  for (const name of ['app', 'app_restored']) await query(`drop database if exists ${name}`);
  await query('create database app');
  for (const sql of tables) await query(sql, 'app');
  backups = fs.mkdtempSync(path.join(folder, 'backups-'));
  if (account.uid !== undefined) fs.chownSync(backups, account.uid, account.gid!);
});

afterAll(async () => {
  await server?.program.stop('SIGKILL', 0);
  fs.removeSync(folder);
});

async function query(sql: string, database = 'mysql'): Promise<Record<string, unknown>[]> {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  const connection = await mysql.createConnection({ uri: url.href });
  try {
    const [rows] = await connection.query(sql);
    return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
  } finally {
    await connection.end();
  }
}

async function countRows(): Promise<unknown> {
  const [row] = await query('select count(*) as count from `odd "name\'`', 'app');
  return row!.count;
}

function run(script: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  return execa('sh', [path.join(scripts, script), ...args], {
    ...account,
    env: { ...environment, ...env },
    extendEnv: false,
    cwd: '/',
    all: true,
    reject: false,
  });
}

const take = () => run('take.sh', [backups]);
const drill = () => run('drill.sh', [backups, path.join(backups, 'scratch')]);
const taken = () => fs.readdirSync(backups).filter((name) => /^\d.*\.sql\.gz$/.test(name));
/** The only backup. */
function dump(): string {
  expect(taken()).toHaveLength(1);
  return path.join(backups, taken()[0]!);
}

test('shellcheck finds nothing', async () => {
  const names = fs.readdirSync(scripts).filter((name) => name.endsWith('.sh'));
  expect(names).toHaveLength(6);
  await execa('shellcheck', names, { cwd: scripts });
});

test('a backup is restored with all that it has while others write, and only its owner may read it', async () => {
  const writing = query('delete from `odd "name\'` where id > 0x01f4 and sleep(0.001) = 0', 'app').catch(
    () => {},
  );
  const { exitCode, all } = await take();
  await writing;
  expect(exitCode, all).toBe(0);
  expect(fs.statSync(dump()).mode & 0o077).toBe(0);
  const restored = await drill();
  expect([restored.exitCode, restored.all]).toEqual([0, expect.stringMatching(/restored .*: 2 tables$/)]);
  expect(fs.readdirSync(path.join(backups, 'scratch'))).toEqual([]);
});

describe('a test restore fails', () => {
  const damages: [what: string, damage: (file: string) => void, says: RegExp][] = [
    [
      'with bytes that are wrong',
      (file) => {
        const bytes = fs.readFileSync(file);
        bytes.fill('damaged', Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 64);
        fs.writeFileSync(file, bytes);
      },
      /gzip: .*(crc|format|violated)/,
    ],
    [
      'with a part only',
      (file) => fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2)),
      /unexpected end of file/,
    ],
    [
      'with rows that cannot be',
      (file) => {
        const sql = gunzipSync(fs.readFileSync(file)).toString();
        const odd = sql.replace(/LOCK TABLES `child` WRITE;/, 'LOCK TABLES `child` WRITE; select 1 / ;');
        fs.writeFileSync(file, gzipSync(odd));
      },
      /ERROR 1064/,
    ],
    [
      'with other rows than those that it restores',
      (file) => {
        const sql = gunzipSync(fs.readFileSync(file)).toString();
        fs.writeFileSync(file, gzipSync(`${sql}\ndelete from child;\n`));
      },
      /restored has other rows than/,
    ],
    ['without a backup', (file) => fs.removeSync(file), /There is no backup/],
  ];

  test.each(damages)('%s', async (_, damage, says) => {
    await take();
    damage(dump());
    const { exitCode, all } = await drill();
    expect([exitCode, all]).toEqual([1, expect.stringMatching(says)]);
  });
});

test('a backup that fails leaves nothing that could be taken for one', async () => {
  const broken = path.join(folder, 'broken');
  fs.outputFileSync(path.join(broken, 'mysqldump'), '#!/bin/sh\necho half\nexit 1\n', { mode: 0o755 });
  const { exitCode, all } = await run('take.sh', [backups], { PATH: `${broken}:${environment.PATH}` });
  expect([exitCode, all, fs.readdirSync(backups)]).toEqual([
    1,
    expect.stringContaining('mysqldump has failed'),
    [],
  ]);
});

test('old backups are deleted, others are not', async () => {
  const files = ['2030-01-01T000000Z', '2030-01-02T000000Z', 'before-2030-01-01T000000Z'].map((name) =>
    path.join(backups, `${name}.sql.gz`),
  );
  for (const [place, days] of [8, 6, 8].entries()) {
    fs.outputFileSync(files[place]!, '');
    fs.utimesSync(files[place]!, new Date(), new Date(Date.now() - days * 86_400_000 - 60_000));
    if (account.uid !== undefined) fs.chownSync(files[place]!, account.uid, account.gid!);
  }
  await take();
  expect(files.map((file) => fs.existsSync(file))).toEqual([false, true, true]);
});

test('a restore brings rows back and keeps the database before; a damaged backup changes nothing', async () => {
  await take();
  const [file, good] = [dump(), fs.readFileSync(dump())];
  await query('delete from child', 'app');
  await query('delete from `odd "name\'`', 'app');
  fs.truncateSync(file, Math.floor(good.length / 2));
  expect([(await run('restore.sh', [file])).exitCode, await countRows()]).toEqual([1, 0]);
  fs.writeFileSync(file, good);
  const { exitCode, all } = await run('restore.sh', [file]);
  expect([exitCode, await countRows()], all).toEqual([0, 1000]);
  expect(fs.readdirSync(backups).filter((name) => name.startsWith('before-'))).toHaveLength(1);
  expect(await query('show triggers', 'app')).toHaveLength(1);
  // The one before is not taken for the newest backup.
  expect((await drill()).all).toContain(path.basename(file));
});

test('run.sh publishes when a backup and its restore have succeeded', async () => {
  const running = new ServerProcess('sh', [path.join(scripts, 'run.sh'), backups], account, {
    ...environment,
    BACKUP_EVERY_S: '2',
    RESTORE_EVERY_S: '2',
  });
  const file = path.join(backups, 'metrics/restore.prom');
  const read = () => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
  const done = await until(async () => read().includes('restore_duration_seconds'), 180_000);
  await running.stop('SIGTERM', 20_000);
  expect(done, running.printed).toBe(true);
  expect(read()).toMatch(/^restore_last_success_timestamp_seconds [1-9]/m);
});
