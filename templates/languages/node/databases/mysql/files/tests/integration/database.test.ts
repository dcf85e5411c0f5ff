import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ask } from '../../scripts/dev/mysql-kept.js';
import { loadConfig } from '../../src/config.js';
import { createDatabase } from '../../src/database/connect.js';
import type { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { statementsOf } from '../../src/database/statements.js';
import { RequestContext } from '../../src/request-context.js';
import { createLog } from '../../src/telemetry/log.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { type Surroundings, surroundings } from '../support/api.js';
import { temporaryDatabase } from '../support/database.js';

const { raw } = CompiledQuery;
const one = raw('select 1 as one');
let place: Surroundings;
let url: string;
const open: Database[] = [];

beforeAll(async () => {
  place = await surroundings();
  url = place.environment.DATABASE_URL as string;
  await ask(url, 'create table counters (id int primary key, value int not null) engine=innodb');
  await ask(url, 'insert into counters values (1, 0), (2, 0)');
});

afterAll(async () => {
  for (const database of open) await database.close();
  await place.drop();
});

async function connectTo(settings: Record<string, string> = {}): Promise<Database> {
  const config = loadConfig({ ...place.environment, ...settings });
  const database = await createDatabase({ config, log: createLog(config), metrics: createMetrics() });
  open.push(database);
  return database;
}

function within(timeoutMs: number): RequestContext {
  return new RequestContext('test-request', trace.wrapSpanContext(INVALID_SPAN_CONTEXT), timeoutMs);
}

async function running(text: string): Promise<number> {
  const rows = await ask(
    inject('databaseServer'),
    `select 1 from performance_schema.processlist where command = 'Query' and info like '${text}%'`,
  );
  return rows.length;
}

const add = (id: number) => raw('update counters set value = value + 1 where id = ?', [id]);

test('a statement that outlives its request is answered at the deadline and gone from the server', async () => {
  const database = await connectTo({ DB_POOL_MAX: '1' });
  const slow = raw('select sum(sleep(0.1)) as late from information_schema.columns');
  const started = performance.now();
  await expect(database.read(slow, within(300))).rejects.toMatchObject({ type: 'deadline-exceeded' });
  expect(performance.now() - started).toBeLessThan(2000);
  await expect.poll(() => running('select sum(sleep'), { timeout: 5000 }).toBe(0);
  expect(await database.read(one, within(5000))).toEqual([{ one: 1 }]);
});

test('a write that takes longer than a statement may is ended, and leaves nothing', async () => {
  const database = await connectTo({ DB_STATEMENT_TIMEOUT_MS: '300' });
  const slow = raw('update counters set value = value + 1 + sleep(5) where id = 1');
  const work = database.transaction(within(20_000), (transaction) => transaction.query(slow));
  await expect(work).rejects.toMatchObject({ type: 'deadline-exceeded' });
  await expect.poll(() => running('update counters'), { timeout: 5000 }).toBe(0);
  expect(await ask(url, 'select value from counters where id = 1')).toEqual([{ value: 0 }]);
});

test('a caller without a connection in time gets an error, and the pool works again afterwards', async () => {
  const database = await connectTo({ DB_POOL_MAX: '1', DB_ACQUIRE_TIMEOUT_MS: '200' });
  await database.read(one, within(5000));
  const long = database.read(raw('select sleep(1) as slept'), within(10_000));
  await expect(database.read(one, within(10_000))).rejects.toMatchObject({ type: 'dependency-unavailable' });
  await long;
  expect(await database.read(one, within(5000))).toEqual([{ one: 1 }]);
});

test('values are read as the API has them, whatever the server has as default', async () => {
  const database = await connectTo({ DB_POOL_MAX: '1' });
  await ask(
    url,
    `create table kinds (id binary(16) primary key, yes boolean, at datetime(3), day date, code char(4),
      large bigint, amount decimal(10,2), nothing varchar(5)) character set utf8mb4`,
  );
  await ask(
    url,
    `insert into kinds values (uuid_to_bin('01900000-0000-7000-8000-000000000001'), true, '2026-01-15 08:30:00.5',
      '2026-01-15', 'äöüx', 9007199254740991, 1.5, null)`,
  );
  expect(await database.read(raw('select *, @@time_zone as zone from kinds'), within(5000))).toEqual([
    {
      id: '01900000-0000-7000-8000-000000000001',
      yes: true,
      at: '2026-01-15T08:30:00.500Z',
      day: '2026-01-15',
      code: 'äöüx',
      large: 9007199254740991,
      amount: '1.50',
      nothing: null,
      zone: '+00:00',
    },
  ]);
});

test('transactions that lock each other out are run again', async () => {
  const database = await connectTo({ DB_POOL_MAX: '2' });
  const both = [
    [1, 2],
    [2, 1],
  ].map(([first = 0, second = 0]) =>
    database.transaction(within(20_000), async (transaction) => {
      await transaction.query(add(first));
      await new Promise((resolve) => setTimeout(resolve, 200));
      await transaction.query(add(second));
    }),
  );
  await Promise.all(both);
  expect(await ask(url, 'select value from counters order by id')).toEqual([{ value: 2 }, { value: 2 }]);
});

test('the last statement commits its transaction, and none comes after it; what fails leaves nothing', async () => {
  const database = await connectTo({ DB_POOL_MAX: '1' });
  const insert = (id: number) => raw('insert into counters values (?, 0)', [id]);
  const stored = async () =>
    (await ask(url, 'select id from counters where id > 9 order by id')).map(({ id }) => id);
  await database.transaction(within(5000), async (transaction) => {
    await transaction.finish(insert(10));
    expect(await stored()).toEqual([10]);
  });
  const more = database.transaction(within(5000), async (transaction) => {
    await transaction.finish(insert(11));
    await transaction.query(insert(12));
  });
  await expect(more).rejects.toThrow('after the last one');
  const twice = database.transaction(within(5000), async (transaction) => {
    await transaction.query(insert(13));
    await transaction.finish(insert(10));
  });
  await expect(twice).rejects.toMatchObject({ kind: 'unique', key: { table: 'counters', columns: ['id'] } });
  expect(await stored()).toEqual([10, 11]);
});

test('a lock is held until the end of its transaction, by one at a time', async () => {
  const database = await connectTo({ DB_POOL_MAX: '2' });
  await database.transaction(within(5000), async (transaction) => {
    expect(await transaction.queryLocked('name', one)).toEqual([{ one: 1 }]);
    const other = database.transaction(within(5000), (second) => second.queryLocked('name', one));
    expect(await other).toBeUndefined();
  });
  const free = database.transaction(within(5000), (transaction) => transaction.queryLocked('name', one));
  expect(await free).toEqual([{ one: 1 }]);
});

test('a server that is not there is a dependency that is down; the breaker then refuses at once', async () => {
  const database = await connectTo({ DATABASE_URL: 'mysql://nobody@127.0.0.1:1/none' });
  for (let attempt = 0; attempt < 6; attempt += 1)
    await expect(database.read(one, within(2000))).rejects.toMatchObject({ type: 'dependency-unavailable' });
  const started = performance.now();
  await expect(database.read(one, within(2000))).rejects.toMatchObject({ type: 'dependency-unavailable' });
  expect(performance.now() - started).toBeLessThan(100);
});

test('migrations of several processes at once are applied once', async () => {
  const database = await temporaryDatabase(inject('databaseServer'));
  const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url)));
  const files = applied.flat();
  expect(files.length).toBeGreaterThan(1);
  expect(new Set(files).size).toBe(files.length);
  expect(await migrate(database.url)).toEqual([]);
  await database.drop();
});

test('a migration that failed half-way is continued behind what is done, once it is corrected', async () => {
  const database = await temporaryDatabase(inject('databaseServer'));
  const project = mkdtempSync(path.join(tmpdir(), 'migrations-'));
  mkdirSync(path.join(project, 'migrations'));
  writeFileSync(
    path.join(project, 'migrations/0000_before.sql'),
    'create table before_it (id int primary key);\n',
  );
  const write = (second: string) =>
    writeFileSync(
      path.join(project, 'migrations/0001_parts.sql'),
      `create table parts (id int primary key);\n\n${second};\n`,
    );
  const run = () => migrate(database.url, pathToFileURL(`${project}/`));
  write('alter table parts add column name wrong');
  for (let tried = 0; tried < 2; tried += 1)
    await expect(run()).rejects.toThrow('migrations/0001_parts.sql, line 3: You have an error');
  write('alter table parts add column name text');
  expect(await run()).toEqual(['0001_parts.sql']);
  write('alter table parts add column name varchar(5)');
  await expect(run()).rejects.toThrow('was changed after it had been applied');
  rmSync(project, { recursive: true });
  await database.drop();
});

test('a script is taken apart into its statements, of which a routine is one', () => {
  const script = `-- first; of all
create table a (b text default ('x;'';y')); /* ; */
create trigger t before insert on a for each row
begin
  if new.b is null then
    set new.b = if(true, 'end;', 'b');
  end if;
end;
drop table if exists a;`;
  expect(statementsOf(script).map(({ sql, line }) => [line, sql.split('\n')[0]])).toEqual([
    [2, "create table a (b text default ('x;'';y'))"],
    [3, 'create trigger t before insert on a for each row'],
    [9, 'drop table if exists a'],
  ]);
});
