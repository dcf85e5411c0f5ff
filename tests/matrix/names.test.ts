import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { transform } from 'esbuild';
import { loadModule, parseSync } from 'libpg-query';
import Sqlite from 'libsql';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { sampleResource } from '../../src/answers/answers.js';
import { possibleValues } from '../../src/answers/judge.js';
import { resolvedWith } from '../../src/answers/resolve.js';
import { axisNames } from '../../src/catalog/axes.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { UserError } from '../../src/cli/errors.js';
import { type RenderedFile, render } from '../../src/render/render.js';
import { parseResources } from '../../src/resources/resource.js';
import { type Contract, clashesOfTypes, namesInUse, operationsOf, relationsOf, write } from './names.js';

await loadModule();
const root = path.resolve(import.meta.dirname, '../..');
const catalog = catalogOf(path.join(root, 'templates'));
const databases = catalog.values('database').map(({ name }) => name);

/** A project with as much in it as there can be: the first value of each axis, and a queue where it goes with them. */
function project(database: string, resources: string[]): Map<string, RenderedFile> {
  const first = Object.fromEntries(axisNames.map((axis) => [axis, catalog.values(axis)[0]!.name]));
  const choices = { ...first, database };
  const queue = possibleValues(catalog, 'queue', choices).at(-1)!.name;
  return render(resolvedWith(catalog, { ...choices, queue, resources }), '1.0.0');
}

function specOf(name: string): string {
  return `${name}: a:integer+, b:string(1,20)!, c:date?`;
}

/** Takes as many of the names into one project as it lets in. */
function takenIn(names: readonly string[]): { specs: string[]; refused: string[] } {
  const specs = [sampleResource];
  const refused: string[] = [];
  for (const name of names) {
    try {
      parseResources([...specs, specOf(name)], catalog.reserved);
      specs.push(specOf(name));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      expect(error.problems[0]!.possible).toMatch(/choose another name|give each its own name|use at most/);
      refused.push(name);
    }
  }
  return { specs, refused };
}

function twice(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

const inUse = namesInUse(project(databases[0]!, [sampleResource]));
const taken = takenIn(inUse);
/** Names from elsewhere that once were trouble, and words that mean something to a language or a database. */
const odd = takenIn([
  ...'account violation refreshToken limit slowClient date error map object required partial data item_1 s'.split(
    ' ',
  ),
  ...'class import default new function interface module process event request response session user'.split(
    ' ',
  ),
  ...'group order select table index value key schema type column view trigger page export'.split(' '),
  'purchaseOrderLineItemAdjustmentRequest',
]);

const fields =
  'class import default new function return request reply row body value error etag type query toJSON get set length name in null true undefined this table primary user check references values count offset key rowid oid limit cursor sort'
    .split(' ')
    .map((name) => `${name}:integer?`);

test('no name is kept without a use', () => {
  const kept = Object.entries(catalog.reserved.resources).filter(
    ([, why]) => !/keyword of|model of/.test(why),
  );
  expect(inUse).toEqual(expect.arrayContaining(kept.map(([name]) => name)));
});

test('ordinary words are free', () => {
  expect(odd.refused).toEqual([]);
  const free = ['account', 'cache', 'contract', 'database', 'entry', 'limit', 'problem', 'transaction'];
  expect(inUse).toEqual(expect.arrayContaining(free.slice(1)));
  expect(taken.refused.filter((name) => free.includes(name))).toEqual([]);
  expect(taken.specs.length).toBeGreaterThan(50);
});

describe.each([
  ['what a project calls its own things', taken.specs],
  ['words with a meaning elsewhere', [...odd.specs, `thing: ${fields.join(', ')}`]],
  [
    'an index like a table or another index',
    [
      'news: items:integer+, itemsCode:integer+, itemsCodeKey:integer!, pkey:integer+',
      'newsItem: code:integer!, codeKey:integer+',
      'purchaseOrderLineItemAdjustmentRequest: customerBillingAddressLineOne:string(1,9)+, customerBillingAddressLineTwo:string(1,9)+',
    ],
  ],
])('resources that have the names of %s', (_, specs) => {
  const projects = new Map(databases.map((database) => [database, project(database, specs)]));

  test.each(databases)('have files that parse, with %s', async (database) => {
    for (const [file, { text }] of projects.get(database)!)
      if (/\bresources\b/.test(file) && file.endsWith('.ts'))
        await transform(text, { loader: 'ts', sourcefile: file });
  });

  test('have migrations and seeds that run in SQLite', () => {
    const files = projects.get('sqlite')!;
    const database = new Sqlite(':memory:');
    database.exec('pragma foreign_keys = on');
    for (const folder of ['migrations/', 'seeds/'])
      for (const [file, { text }] of files) if (file.startsWith(folder)) database.exec(text);
    for (const spec of specs) {
      const { table } = parseResources([spec], {})[0]!;
      expect(database.prepare(`select count(*) as count from "${table}"`).get()).toMatchObject({ count: 3 });
    }
  });

  test('have migrations that PostgreSQL reads, with no name twice after it has cut them off', () => {
    const scripts = [...projects.get('postgresql')!].filter(([file]) => /^(migrations|seeds)\//.test(file));
    for (const [, { text }] of scripts) parseSync(text);
    expect(twice(relationsOf(projects.get('postgresql')!))).toEqual([]);
  });

  test('have no file that the repository leaves out', () => {
    for (const files of projects.values()) {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'names-'));
      write(path.join(folder, '.gitignore'), files.get('.gitignore')!.text);
      spawnSync('git', ['init', '--quiet'], { cwd: folder });
      const asked = { cwd: folder, input: [...files.keys(), '.env'].join('\n'), encoding: 'utf8' } as const;
      const ignored = spawnSync('git', ['check-ignore', '--stdin'], asked).stdout;
      fs.rmSync(folder, { recursive: true });
      expect(ignored).toBe('.env\n');
    }
  });

  test('have no type of the name of another', () => {
    expect(clashesOfTypes(projects.get(databases[0]!)!)).toEqual([]);
  });

  test('are each there once in the contract', () => {
    const document = parseDocument(projects.get(databases[0]!)!.get('openapi.yaml')!.text, { strict: true });
    expect(document.errors).toEqual([]);
    const contract = document.toJS() as Contract;
    expect(twice(operationsOf(contract))).toEqual([]);
    expect(twice(contract.tags.map(({ name }) => name))).toEqual([]);
  });
});
