import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import mysql from 'mysql2/promise';
import { afterAll, describe, expect, test } from 'vitest';
import type { ResourceHistory } from '../../../src/resources/history.js';
import { startMysql } from '../../../src/verify/services/mysql-server.js';
import { cli, makeProject, scratchFolder } from '../../command-line.js';
import { mysql as mysqlServer, requires } from '../../requirements.js';
import { fresh, renamedColumns, rendered, stages } from '../migrations/changes.js';

const { made, changed, finished } = stages();
const choices = { framework: 'fastify', database: 'mysql', cache: 'memory', auth: 'none', deploy: 'none' };
const folder = scratchFolder('mysql-changes');
/** More than the rows that are copied at a time. */
const rows = 6000;
const prepare = requires(mysqlServer);

let server: Awaited<ReturnType<typeof startMysql>>;
let project: string;

prepare(async () => {
  server = await startMysql([], folder, (given, possible) => new Error(`${given}: ${possible}`));
  project = await makeProject(folder, 'project', { ...choices, ci: 'none' });
});

afterAll(async () => {
  await server?.program.stop('SIGKILL', 0);
  fs.removeSync(folder);
});

type Rows = Record<string, unknown>[];

function urlOf(database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}

async function inDatabase<Result>(
  name: string,
  work: (query: (sql: string) => Promise<Rows>) => Promise<Result>,
): Promise<Result> {
  const connection = await mysql.createConnection({ uri: urlOf(name), dateStrings: true });
  try {
    return await work(async (sql) => (await connection.query(sql))[0] as Rows);
  } finally {
    await connection.end();
  }
}

/** Runs the project's own command with the migrations of these resources. */
async function migrate(name: string, resources: readonly (string | ResourceHistory)[]): Promise<void> {
  fs.emptyDirSync(path.join(project, 'migrations'));
  for (const [file, { text }] of rendered(choices, resources))
    if (file.startsWith('migrations/')) fs.outputFileSync(path.join(project, file), text);
  await execa('npm', ['run', 'migrate'], {
    cwd: project,
    env: { DATABASE_URL: urlOf(name) },
    all: true,
  });
}

/** Sample rows of the resources as they were made, and many of one. */
async function fill(name: string): Promise<void> {
  const seeds = [...rendered(choices, made)].filter(([file]) => file.startsWith('seeds/')).sort();
  const orders = Array.from({ length: rows }, (_, row) => {
    const id = `01900000-0000-7000-a000-${String(row).padStart(12, '0')}`;
    return `(uuid_to_bin('${id}'), ${row}, 'paid', '2026-01-01', '2026-01-01')`;
  });
  await inDatabase(name, async (query) => {
    for (const [, { text }] of seeds) await query(text.trim().replace(/;$/, ''));
    await query(
      `insert into orders (id, total, status, created_at, updated_at) values\n${orders.join(',\n')}`,
    );
  });
}

/** All that the server tells of columns, indexes and constraints, without their order. */
function schemaOf(name: string): Promise<string[]> {
  return inDatabase(name, async (query) => {
    const tables = (await query('show tables')).map((row) => String(Object.values(row)[0]));
    const texts: string[] = [];
    for (const table of tables.filter((each) => !each.startsWith('migration'))) {
      const [row] = await query(`show create table \`${table}\``);
      // That a text has the character set of its table is said or not.
      const lines = String(row!['Create Table']).replaceAll(/ CHARACTER SET utf8mb4(?= COLLATE)/g, '');
      texts.push(...lines.split('\n').map((line) => `${table} ${line.trim().replace(/,$/, '')}`));
    }
    const triggers = (await query('show triggers')).map(({ Trigger }) => `trigger ${Trigger}`);
    return [...texts, ...triggers].sort();
  });
}

const valuesOf = (name: string, table: string, column: string) =>
  inDatabase(name, async (query) =>
    (await query(`select \`${column}\` as value from \`${table}\` order by id`)).map(({ value }) => value),
  );

describe.each([
  ['changed', changed],
  ['finished', finished],
] as const)('resources that were %s', (stage, resources) => {
  test('have the values of before, and the schema of a project that is made with them', async () => {
    await inDatabase('mysql', (query) => query(`create database ${stage}`));
    await migrate(stage, made);
    await fill(stage);
    const renamed = renamedColumns(resources);
    const before = await Promise.all(renamed.map(([table, column]) => valuesOf(stage, table, column)));
    await migrate(stage, resources);
    const after = await Promise.all(renamed.map(([table, , column]) => valuesOf(stage, table, column)));
    expect(after).toEqual(before);
    expect(before.every((values) => values.length > 0)).toBe(true);
    if (stage !== 'finished') return;
    await inDatabase('mysql', (query) => query('create database fresh'));
    await migrate('fresh', fresh(finished));
    expect(await schemaOf(stage)).toEqual(await schemaOf('fresh'));
  });
});

test('tests of the code before a change pass on the schema after it', async () => {
  const resources = [
    'product: name:string(1,120), description:text?, price:decimal(10,2), status:enum(draft|active)+',
    'order: total:decimal, productId:ref(product), note:string(0,20), code:string(1,9)!',
  ];
  const changes = [
    ['product', "+sku:string=''", '-description', 'name:string(1,200)+', 'status:enum(draft|active|sold)+'],
    ['review: text:string(1,80), productId:ref(product)'],
    ['order', '-note', '+paid:boolean=false', '+parentId:ref(order)?', 'code:string(1,90)!'],
    ['product', 'price=amount'],
  ];
  const old = await makeProject(folder, 'old', { ...choices, ci: 'none' }, { resources });
  const after = path.join(folder, 'after');
  fs.copySync(old, after, { filter: (file) => !file.endsWith('/node_modules') });
  for (const words of changes)
    await execa('node', [cli, 'resource', ...words, '--no-install'], { cwd: after });
  fs.copySync(path.join(after, 'migrations'), path.join(old, 'migrations'));
  const { exitCode, all } = await execa('npx', ['vitest', 'run', 'tests/integration/resources'], {
    cwd: old,
    all: true,
    reject: false,
  });
  expect(exitCode, all).toBe(0);
});
