import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { migrate } from '../../src/database/migrate.js';
import { temporaryDatabase } from '../support/database.js';

const patience = { timeout: 15_000 };
let project: string;
let database: Awaited<ReturnType<typeof temporaryDatabase>>;
const clients: pg.Client[] = [];

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url });
  clients.push(client);
  await client.connect();
  return client;
}

beforeEach(async () => {
  project = mkdtempSync(path.join(tmpdir(), 'migrations-'));
  mkdirSync(path.join(project, 'migrations'));
  write('0001_parts.sql', 'create table "parts" ("id" integer primary key, "name" text);');
  database = await temporaryDatabase(inject('databaseServer'));
  await run();
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.end();
  await database.drop();
  rmSync(project, { recursive: true });
});

function write(name: string, script: string): void {
  writeFileSync(path.join(project, 'migrations', name), script);
}

function run(): Promise<string[]> {
  return migrate(database.url, pathToFileURL(`${project}/`));
}

const concurrently = (what: string) =>
  `-- no-transaction\ncreate ${what} concurrently "parts__name" on "parts" ("name");\n`;

test('a schema that a newer version has migrated stays as it is', async () => {
  write('0002_colour.sql', 'alter table "parts" add column "colour" text;');
  expect(await run()).toEqual(['0002_colour.sql']);
  const file = path.join(project, 'migrations/0002_colour.sql');
  renameSync(file, `${file}.newer`);
  expect(await run()).toEqual([]);
  renameSync(`${file}.newer`, file);
  expect(await run()).toEqual([]);
});

test('a file without a transaction is applied by one of several processes at once', async () => {
  write('0002_index.sql', concurrently('index'));
  const [writer, watcher] = [await connect(), await connect()];
  const count = async (condition: string) => {
    const { rows } = await watcher.query(
      `select count(*)::int as "count" from pg_stat_activity where datname = current_database() and ${condition}`,
    );
    return rows[0].count;
  };
  await writer.query(`begin; insert into "parts" values (1, 'one')`);
  const building = run();
  await expect.poll(() => count(`query ~ 'concurrently' and wait_event_type = 'Lock'`), patience).toBe(1);
  const others = [run(), run()];
  await expect.poll(() => count(`query ~ 'advisory_lock' and query !~ 'stat'`), patience).toBe(2);
  await writer.query('commit');
  const applied = await Promise.all([building, ...others]);
  expect(applied.flat()).toEqual(['0002_index.sql']);
  expect(await run()).toEqual([]);
});

test('an index that could not be made is named, with what removes it', async () => {
  const client = await connect();
  await client.query(`insert into "parts" values (1, 'same'), (2, 'same')`);
  write('0002_index.sql', concurrently('unique index'));
  const remedy = 'drop index concurrently parts__name';
  await expect(run()).rejects.toThrow(
    `migrations/0002_index.sql: could not create unique index "parts__name"; the index parts__name is invalid: run "${remedy}"`,
  );
  await client.query('delete from "parts" where "id" = 2');
  write('0002_index.sql', concurrently('unique index').replace('concurrently', '$& if not exists'));
  await expect(run()).rejects.toThrow(remedy);
  await client.query(remedy);
  expect(await run()).toEqual(['0002_index.sql']);
});

test('reads go on while a migration waits for a lock, which it gets in the end', async () => {
  const [blocker, reader] = [await connect(), await connect()];
  await blocker.query('begin; select * from "parts"');
  write('0002_kind.sql', 'alter table "parts" add column "kind" text;');
  const migrated = run();
  const waits = `select 1 from pg_locks where not granted and relation = 'parts'::regclass`;
  await expect.poll(async () => (await reader.query(waits)).rowCount, patience).toBe(1);
  await reader.query(`set statement_timeout to '30s'`);
  await reader.query('select * from "parts"');
  await blocker.query('commit');
  expect(await migrated).toEqual(['0002_kind.sql']);
});

test('an error names the file and the line, and leaves nothing of the file', async () => {
  write(
    '0002_two.sql',
    'create table "two" ("id" integer);\n\nalter table "none" add column "id" integer;\n',
  );
  await expect(run()).rejects.toThrow('migrations/0002_two.sql: relation "none" does not exist');
  write('0002_two.sql', 'create table "two" ("id" integer);\n\nalter tabel "two";\n');
  await expect(run()).rejects.toThrow('migrations/0002_two.sql, line 3: syntax error');
  const client = await connect();
  expect((await client.query(`select to_regclass('two') as "two"`)).rows).toEqual([{ two: null }]);
});
