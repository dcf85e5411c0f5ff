import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../e2e/project.js';
import { place, quick, refused, run, snapshot, terminal } from './fixture.js';

// A database that nobody here knows: folders dropped in, and nothing else edited.
const root = path.resolve(import.meta.dirname, '../..');
let work: string;

beforeAll(() => {
  work = fs.mkdtempSync(path.join(os.tmpdir(), 'made-up-'));
  const templates = path.join(work, 'templates');
  fs.cpSync(path.join(root, 'templates'), templates, { recursive: true });
  for (const layers of ['', 'languages/node/']) {
    const [from, to] = ['sqlite', 'madeup'].map((name) => path.join(templates, layers, 'databases', name));
    fs.cpSync(from!, to!, { recursive: true });
  }
  const layer = path.join(templates, 'databases/madeup/layer.json');
  const data = JSON.parse(fs.readFileSync(layer, 'utf8'));
  fs.writeFileSync(layer, JSON.stringify({ ...data, title: 'Made Up', hint: 'found in a drawer', rank: 9 }));
  fs.writeFileSync(path.join(work, 'package.json'), '{"type":"module"}');
  const build = [
    path.join(root, 'scripts/build.ts'),
    '--templates',
    templates,
    '--out',
    path.join(work, 'dist'),
  ];
  execFileSync(path.join(root, 'node_modules/.bin/tsx'), build, { cwd: root });
  place.cli = path.join(work, 'dist/cli.js');
});

beforeEach(() => {
  place.here = fs.mkdtempSync(path.join(work, 'here-'));
});

afterAll(() => fs.rmSync(work, { recursive: true, force: true }));

test('stands in the help and in the list', () => {
  expect(run(['--help']).out).toContain('madeup');
  expect(run(['list']).out).toContain('found in a drawer');
  const { axes } = JSON.parse(run(['list', '--json']).out);
  expect(axes.database.map(({ name }: { name: string }) => name)).toEqual([
    'postgresql',
    'mysql',
    'sqlite',
    'madeup',
  ]);
});

test('is possible where another value is not', () => {
  refused(['shop', '--database', 'oracle', ...quick], 2, /possible: postgresql, mysql, sqlite, madeup/);
});

test('is made', () => {
  const { answers, files } = JSON.parse(run(['shop', '--database', 'madeup', '--json', ...quick]).out);
  expect(answers.database).toBe('madeup');
  expect(files).toContain('migrations/0101_products.sql');
});

test('would be made with --dry-run, of the same files', () => {
  const args = ['--database', 'madeup', ...quick];
  const shown = run(['shop', '--dry-run', ...args]);
  expect([shown.code, shown.err]).toEqual([0, '']);
  expect(shown.out).toContain('0101_products.sql');
  const { files, written } = JSON.parse(run(['shop', '--dry-run', '--json', ...args]).out);
  expect(written).toBe(false);
  expect(fs.readdirSync(place.here)).toEqual([]);
  expect(run(['shop', ...args]).code).toBe(0);
  const made = snapshot(path.join(place.here, 'shop'));
  expect(
    Object.keys(made)
      .filter((file) => made[file] !== 'folder')
      .sort(),
  ).toEqual([...files].sort());
});

test('is offered at the prompt', async () => {
  const { child, ended, output } = terminal(['shop', '--framework', 'fastify', '--no-install', '--no-git']);
  await until(() => output().includes('Database'), output);
  await until(() => output().includes('Made Up'), output);
  child.write('\x03');
  expect(await ended).toBe(130);
});
