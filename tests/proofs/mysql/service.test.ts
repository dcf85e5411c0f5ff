import { randomUUID } from 'node:crypto';
import fs from 'fs-extra';
import mysql from 'mysql2/promise';
import { afterAll, expect, test, vi } from 'vitest';
import { openFaultProxy } from '../../../src/verify/proxies/fault-proxy.js';
import { providerFor } from '../../../src/verify/services/index.js';
import type { Server } from '../../../src/verify/services/service.js';
import { scratchFolder } from '../../command-line.js';
import { mysql as mysqlPrograms, requires } from '../../requirements.js';

const folder = scratchFolder('mysql-service');
const prepare = requires(mysqlPrograms);
const table = '"odd ""table"';
const columns = `("id" binary(16) primary key, "name" varchar(20) not null, "created_at" datetime(3), unique key "named" ("name"))`;

let server: Server;
prepare(async () => {
  server = await providerFor('mysql')!.start({ programs: [], scratch: folder });
});
afterAll(async () => {
  await server?.close();
  fs.removeSync(folder);
});

test('gives databases that do not see each other, and drops them', async () => {
  const [one, other] = [await server.open('shop'), await server.open('shop')];
  await one.sql!.query('create table things (id integer primary key)');
  await one.sql!.query('insert into things values ($2), ($1)', [2, 1]);
  expect(await one.sql!.query('select id from things order by id')).toEqual([{ id: 1 }, { id: 2 }]);
  await expect(other.sql!.query('select id from things')).rejects.toThrow("doesn't exist");
  await one.close();
  const left = await other.sql!.query(
    "select 1 from information_schema.schemata where schema_name like 'verify_%'",
  );
  expect(left).toHaveLength(1);
  await other.close();
});

test('counts statements, not packets, behind a proxy', async () => {
  const service = await server.open('counted');
  const proxy = await openFaultProxy(service);
  const client = await mysql.createConnection({ uri: service.urlBehind(proxy.port) });
  expect([proxy.commands, proxy.connections]).toEqual([0, 1]);
  await client.query('select 1');
  await client.query('select length(?)', ['x'.repeat(17_000_000)]);
  await client.execute('select ?', [1]);
  await client.execute('select ?', [2]);
  await client.ping();
  expect(proxy.commands).toBe(4);
  await client.end();
  await proxy.close();
  await service.close();
});

test('copies a row, whose table has keys as before when the copies are gone', async () => {
  const { sql, close } = await server.open('copied');
  await sql!.query(`create table ${table} ${columns}`);
  const id = randomUUID();
  await sql!.query(`insert into ${table} values (uuid_to_bin($1), 'one', current_timestamp(3))`, [id]);
  const remove = await sql!.copies({ table, id, count: 3000 });
  const [{ n, newest } = {}] = await sql!.query(
    `select count(*) as "n", timestampdiff(microsecond, min("created_at"), max("created_at")) as "newest" from ${table}`,
  );
  expect([n, newest]).toEqual([3001, 3_000_000]);
  await remove();
  const [{ rows } = {}] = await sql!.query(`select count(*) as "rows" from ${table}`);
  expect(rows).toBe(1);
  const twin = sql!.query(`insert into ${table} values (uuid_to_bin($1), 'one', null)`, [randomUUID()]);
  await expect(twin).rejects.toThrow('Duplicate entry');
  await close();
});

test('tells of its columns and sessions what rows of verify ask', async () => {
  const space = await server.open('asked');
  const { query, lock, running, leftOpen, setValue, ...sql } = space.sql!;
  await query(`create table ${table} ${columns}`);
  const id = randomUUID();
  await query(`insert into ${table} values (uuid_to_bin($1), 'secret word', '2030-01-01')`, [id]);
  expect(await sql.tablesWith('name')).toEqual([{ table: 'odd "table', indexed: true }]);
  expect(await sql.tablesWith('created_at')).toEqual([]);
  expect(await sql.innerNames()).toEqual(expect.arrayContaining(['named', 'created_at']));
  expect(await sql.textsLike('%word')).toEqual(['secret word']);
  const place = { table, key: '"id"', id, column: '"name"' };
  await expect(setValue(place, null)).rejects.toThrow('cannot be null');
  await setValue(place, 'other');
  const column = (await sql.changeableColumn(table))!;
  expect(column).toMatchObject({ column: 'name', type: 'varchar(20)', other: 'varchar(21)' });
  await column.change(column.other);
  await column.change(column.type);

  const client = await mysql.createConnection({ uri: space.urlBehind(space.port) });
  client.on('error', () => {});
  expect([await running(), await leftOpen()]).toEqual([0, []]);
  const release = await lock(table);
  const waiting = client.query('select name from `odd "table`');
  await vi.waitFor(async () => expect(await running()).toBe(1), 30_000);
  await release();
  expect((await waiting)[0]).toEqual([{ name: 'other' }]);
  await client.query("select get_lock('kept', 0)");
  expect(await leftOpen()).toHaveLength(1);
  await client.query('do release_all_locks()');
  await client.query('start transaction');
  await client.query('select * from `odd "table` for update');
  expect(await leftOpen()).toHaveLength(1);
  await sql.shiftSessions(true);
  await expect(client.query('select 1')).rejects.toThrow();
  const shifted = await mysql.createConnection({ uri: space.urlBehind(space.port) });
  expect((await shifted.query('select @@time_zone as zone'))[0]).toEqual([{ zone: '-03:30' }]);
  await sql.shiftSessions(false);
  await shifted.end().catch(() => {});
  await space.close();
});

test('stops with all its threads, and continues', async () => {
  const service = await server.open('frozen');
  await service.sql!.query('select 1');
  server.freeze!();
  let answered = false;
  const answer = service.sql!.query('select 1').then(() => {
    answered = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(answered).toBe(false);
  server.thaw!();
  await answer;
  await service.close();
});
