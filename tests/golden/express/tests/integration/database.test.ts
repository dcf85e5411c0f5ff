import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { CompiledQuery } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { createDatabase } from '../../src/database/connect.js';
import type { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { RequestContext } from '../../src/request-context.js';
import { createLog } from '../../src/telemetry/log.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { type Surroundings, surroundings } from '../support/api.js';

const { raw } = CompiledQuery;
const sleep = (seconds: number) => raw('select pg_sleep($1::float8)::text', [seconds]);
let place: Surroundings;
let watcher: pg.Client;
const open: Database[] = [];

beforeAll(async () => {
  place = await surroundings();
  watcher = new pg.Client({ connectionString: place.environment.DATABASE_URL });
  await watcher.connect();
});

afterAll(async () => {
  for (const database of open) await database.close();
  await watcher.end();
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

async function sleeping(): Promise<number> {
  const { rows } = await watcher.query(
    "select count(*)::int as count from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'",
  );
  return rows[0].count;
}

test('a statement that outlives its request is answered at the deadline and gone from the server', async () => {
  const database = await connectTo();
  const started = performance.now();
  await expect(database.read(sleep(3), within(200))).rejects.toMatchObject({ type: 'deadline-exceeded' });
  expect(performance.now() - started).toBeLessThan(450);
  await expect.poll(sleeping, { timeout: 500 }).toBe(0);
  expect(await database.read(raw('select 1 as one'), within(1000))).toEqual([{ one: 1 }]);
});

test('a caller without a connection in time gets an error, and the pool works again afterwards', async () => {
  const database = await connectTo({ DB_POOL_MAX: '1', DB_ACQUIRE_TIMEOUT_MS: '100' });
  const long = database.read(sleep(0.5), within(5000));
  const started = performance.now();
  await expect(database.read(sleep(0), within(5000))).rejects.toMatchObject({
    type: 'dependency-unavailable',
  });
  expect(performance.now() - started).toBeLessThan(400);
  await long;
  expect(await database.read(sleep(0), within(1000))).toHaveLength(1);
});

test('a statement gives the same row every time it runs on a connection, prepared or not', async () => {
  const everyType = `select cast($1 as text) as "text", cast(null as text) as "nothing", true as "boolean", 42 as "integer",
      9007199254740991 as "bigint", cast(1.50 as numeric) as "decimal", date '2026-01-15' as "date",
      timestamptz '2026-01-15 08:30:00.5+00' as "datetime", cast('{"a": [1]}' as json) as "json"`;
  const row = {
    nothing: null,
    boolean: true,
    integer: 42,
    bigint: 9007199254740991,
    decimal: '1.50',
    date: '2026-01-15',
    datetime: '2026-01-15T08:30:00.500Z',
    json: { a: [1] },
  };
  for (const DB_SESSION_STATE of ['on', 'off']) {
    const database = await connectTo({ DB_POOL_MAX: '1', DB_SESSION_STATE });
    for (const text of ['first', 'seco"nd', '']) {
      const rows = await database.read(raw(everyType, [text]), within(1000));
      expect(rows).toEqual([{ text, ...row }]);
    }
  }
});

test.each(['on', 'off'])(
  'sessions speak UTC and ISO 8601, with session state %s',
  async (DB_SESSION_STATE) => {
    const database = await connectTo({ DB_SESSION_STATE, DB_POOL_MAX: '1' });
    const statement =
      raw(`select current_setting('TimeZone') as "zone", timestamptz '2026-01-15 08:30:00.5+00' as "datetime",
      date '2026-01-15' as "date", cast(timestamptz '2026-01-15 23:30:00+00' as date) as "day"`);
    const expected = {
      zone: 'UTC',
      datetime: '2026-01-15T08:30:00.500Z',
      date: '2026-01-15',
      day: '2026-01-15',
    };
    expect(await database.read(statement, within(5000))).toEqual([expected]);
    const inTransaction = await database.transaction(within(5000), (transaction) =>
      transaction.query(statement),
    );
    expect(inTransaction).toEqual([expected]);
  },
);

test('times of a session in another zone are read right, and other date styles are refused', async () => {
  const database = await connectTo({ DB_POOL_MAX: '1' });
  const run = (text: string) => database.read(raw(text), within(5000));
  const times = `select timestamptz '2026-01-15 08:30:00.5+00' as "a", timestamptz '2026-01-15 20:00:00+00' as "b"`;
  const read = [{ a: '2026-01-15T08:30:00.500Z', b: '2026-01-15T20:00:00.000Z' }];
  for (const zone of ['Asia/Kolkata', 'America/New_York', 'Europe/London']) {
    await run(`set timezone to '${zone}'`);
    expect(await run(times)).toEqual(read);
  }
  await run("set datestyle to 'SQL, DMY'");
  await expect(run(times)).rejects.toThrow('is not in the date style ISO');
  await expect(run(`select date '2026-01-15' as "date"`)).rejects.toThrow('is not in the date style ISO');
});

test('statements run on after the type of a column has changed, also in transactions', async () => {
  const database = await connectTo({ DB_POOL_MAX: '2' });
  await watcher.query('create table "changing" ("id" integer primary key, "value" integer, "count" integer)');
  const all = raw('select "value" from "changing" where "id" >= $1 order by "id"', [0]);
  const some = raw('select "id" from "changing" where "value" = $1', [7]);
  const keep = raw(
    `insert into "changing" values ($1, $2, $3)
      on conflict ("id") do update set "value" = $2, "count" = $3 returning "value", "count"`,
    [1, 7, 8],
  );
  const work = () =>
    database.transaction(within(15_000), async (transaction) => {
      const before = await transaction.query(all);
      return [before.length, ...(await transaction.query(keep))];
    });
  const read = (query: CompiledQuery) => database.read(query, within(15_000));
  const everything = () => Promise.all([1, 2].flatMap(() => [work(), read(all), read(some)]));
  await work();
  await everything();
  for (const type of ['bigint', 'text', 'varchar(20)', 'numeric using "value"::numeric']) {
    await watcher.query(`alter table "changing" alter column "value" type ${type}`);
    await watcher.query(
      `alter table "changing" alter column "count" type ${type.replace('"value"', '"count"')}`,
    );
    const value = type === 'bigint' ? 7 : '7';
    const count = type === 'bigint' ? 8 : '8';
    const [written, list, found] = await everything();
    expect([written, list, found]).toEqual([[1, { value, count }], [{ value }], [{ id: 1 }]]);
  }
  const { rows } = await watcher.query('select "value" from "changing"');
  expect(rows).toEqual([{ value: '7' }]);
});

test('a prepared statement that fails leaves its connection in order', async () => {
  const database = await connectTo({ DB_POOL_MAX: '1' });
  const divide = (by: unknown) => raw('select 6 / cast($1 as integer) as "quotient"', [by]);
  const unsendable = { toPostgres: () => unsendable };
  await expect(database.read(divide(0), within(1000))).rejects.toThrow('division by zero');
  await expect(database.read(divide(unsendable), within(1000))).rejects.toThrow('circular reference');
  expect(await database.read(divide(2), within(1000))).toEqual([{ quotient: 3 }]);
  await expect(database.read(divide(0), within(1000))).rejects.toThrow('division by zero');
  expect(await database.read(divide(3), within(1000))).toEqual([{ quotient: 2 }]);
});

test('without session state, nothing is prepared and nothing set', async () => {
  const kept = raw(
    `select count(*)::int as "prepared", current_setting('statement_timeout') as "limit" from pg_prepared_statements
      where statement ~ 'pg_prepared_statements' and $1::int is not null`,
    [1],
  );
  const twice = async (DB_SESSION_STATE: string) => {
    const database = await connectTo({ DB_SESSION_STATE, DB_POOL_MAX: '1', DB_STATEMENT_TIMEOUT_MS: '2500' });
    await database.read(kept, within(1000));
    return database.transaction(within(1000), (transaction) => transaction.query(kept));
  };
  expect(await twice('on')).toEqual([{ prepared: 1, limit: '2500ms' }]);
  expect(await twice('off')).toEqual([{ prepared: 0, limit: '0' }]);
});

test('a connection that was ended while the process stood still is not lent', async () => {
  const database = await connectTo({ DB_POOL_MAX: '1' });
  await database.read(sleep(0), within(1000));
  const ended = watcher.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%-primary'",
  );
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  expect(await database.read(sleep(0), within(1000))).toHaveLength(1);
  await ended;
});

test('a transaction whose work throws leaves nothing', async () => {
  const database = await connectTo();
  const insert = raw(
    `insert into "idempotency_keys" ("principal", "key", "fingerprint", "status", "headers", "expires_at")
      values ('p', 'rolled-back', 'f', 200, '{}', now())`,
  );
  const work = database.transaction(within(1000), async (transaction) => {
    await transaction.query(insert);
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  const { rows } = await watcher.query(`select 1 from "idempotency_keys" where "key" = 'rolled-back'`);
  expect(rows).toHaveLength(0);
});

test('the last statement commits its transaction, and none comes after it', async () => {
  const database = await connectTo({ DB_POOL_MAX: '1' });
  const insert = (key: string) =>
    raw(
      `insert into "idempotency_keys" ("principal", "key", "fingerprint", "status", "headers", "expires_at")
        values ('last', $1, 'f', 200, '{}', now()) returning "key"`,
      [key],
    );
  const stored = async () =>
    (await watcher.query(`select "key" from "idempotency_keys" where "principal" = 'last' order by "key"`))
      .rows;
  await database.transaction(within(5000), async (transaction) => {
    expect(await transaction.finish(insert('a'))).toEqual([{ key: 'a' }]);
    expect(await stored()).toEqual([{ key: 'a' }]);
  });
  await database.transaction(within(5000), async (transaction) => {
    await transaction.query(insert('b'));
    expect(await stored()).toEqual([{ key: 'a' }]);
    expect(await transaction.finish(insert('c'))).toEqual([{ key: 'c' }]);
    expect(await stored()).toHaveLength(3);
  });
  const more = database.transaction(within(5000), async (transaction) => {
    await transaction.finish(insert('d'));
    await transaction.query(insert('e'));
  });
  await expect(more).rejects.toThrow('after the last one');
  const twice = database.transaction(within(5000), async (transaction) => {
    await transaction.query(insert('f'));
    await transaction.finish(insert('a'));
  });
  await expect(twice).rejects.toMatchObject({ kind: 'unique' });
  const alone = database.transaction(within(5000), (transaction) => transaction.finish(insert('a')));
  await expect(alone).rejects.toMatchObject({ kind: 'unique' });
  expect((await stored()).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd']);
  await watcher.query(`delete from "idempotency_keys" where "principal" = 'last'`);
});

test('a statement under a lock is run for one transaction at a time', async () => {
  const database = await connectTo({ DB_POOL_MAX: '2' });
  const one = raw('select 1 as "one"');
  await database.transaction(within(5000), async (transaction) => {
    expect(await transaction.queryLocked('name', one)).toEqual([{ one: 1 }]);
    const other = database.transaction(within(5000), (second) => second.queryLocked('name', one));
    expect(await other).toBeUndefined();
  });
  const free = database.transaction(within(5000), (transaction) => transaction.queryLocked('name', one));
  expect(await free).toEqual([{ one: 1 }]);
});

test('a server that is not there is a dependency that is down; the breaker then refuses at once', async () => {
  const database = await connectTo({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' });
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await expect(database.read(sleep(0), within(2000))).rejects.toMatchObject({
      type: 'dependency-unavailable',
    });
  }
  const started = performance.now();
  await expect(database.read(sleep(0), within(2000))).rejects.toMatchObject({
    type: 'dependency-unavailable',
  });
  expect(performance.now() - started).toBeLessThan(20);
});

test('connections that the server ends are replaced', async () => {
  const database = await connectTo();
  await database.read(sleep(0), within(1000));
  await watcher.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
  );
  await expect
    .poll(
      () =>
        database.read(sleep(0), within(1000)).then(
          () => true,
          () => false,
        ),
      { timeout: 5000 },
    )
    .toBe(true);
});

test('a replica that is down leaves the primary to answer', async () => {
  const database = await connectTo({ DATABASE_REPLICA_URL: 'postgresql://nobody@127.0.0.1:1/none' });
  expect(await database.read(sleep(0), within(1000))).toHaveLength(1);
});

test('a replica that is behind a migration leaves the primary to answer', async () => {
  const database = await connectTo({ DATABASE_REPLICA_URL: inject('databaseServer') });
  const count = raw('select count(*) as "count" from "idempotency_keys"');
  expect(await database.read(count, within(1000))).toEqual([{ count: 0 }]);
});

test('migrations of several processes at once are applied once', async () => {
  const url = new URL(place.environment.DATABASE_URL as string);
  await watcher.query('create database "migrated_twice"');
  url.pathname = '/migrated_twice';
  const applied = await Promise.all([migrate(url.href), migrate(url.href), migrate(url.href)]);
  const files = applied.flat();
  expect(files.length).toBeGreaterThan(1);
  expect(new Set(files).size).toBe(files.length);
  expect(await migrate(url.href)).toEqual([]);
  await watcher.query('drop database "migrated_twice" with (force)');
});

test('a migration that was changed after it had been applied is refused', async () => {
  const url = place.environment.DATABASE_URL as string;
  const { rows } = await watcher.query('select "name", "checksum" from "migrations" order by "name" limit 1');
  const [{ name, checksum }] = rows;
  const setChecksum = 'update "migrations" set "checksum" = $2 where "name" = $1';
  await watcher.query(setChecksum, [name, 'that of another text']);
  await expect(migrate(url)).rejects.toThrow(`migrations/${name} was changed`);
  await watcher.query(setChecksum, [name, checksum]);
});
