import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { place, quick, refused, run } from './fixture.js';

// A language that nobody here knows, with one file, made as CONTRIBUTING.md says: folders dropped in, nothing else edited.
const root = path.resolve(import.meta.dirname, '../..');
let work: string;

const commands = Object.fromEntries(
  [
    'audit',
    'build',
    'dev',
    'format',
    'install',
    'lint',
    'migrate',
    'reset',
    'secrets',
    'seed',
    'start',
    'test',
  ]
    .concat('testUnit', 'typecheck', 'verify')
    .map((name) => [name, `rho ${name}`]),
);
const layers: Record<string, object> = {
  '': {
    title: 'Rho',
    contributes: {
      startCommand: ['rho', 'main.rho'],
      migrateCommand: ['rho', 'migrate.rho'],
      imageFiles: ['main.rho'],
      imageUser: { id: 1000, group: 1000 },
      terms: { ciImage: 'node', eventLoopLag: 'rho_lag_seconds', verifyNeeds: '' },
    },
  },
  'package-managers/rhopack': {
    title: 'rhopack',
    installation: { command: 'rhopack fetch', reads: ['rho.json'], leaves: ['rho.lock'] },
    contributes: {
      commands,
      packageManager: {
        lockFile: 'rho.lock',
        install: 'rhopack fetch',
        installLocked: 'rhopack fetch --locked',
        add: 'npm install --save-dev',
      },
    },
  },
  'frameworks/rhobust': { title: 'Rhobust', hint: 'Rho', rank: 9 },
  'databases/sqlite': { extends: 'migrations/sqlite' },
  'caches/memory': {},
  'auth/none': {},
  'queues/none': {},
};

beforeAll(() => {
  work = fs.mkdtempSync(path.join(os.tmpdir(), 'made-up-'));
  const templates = path.join(work, 'templates');
  fs.copySync(path.join(root, 'templates'), templates);
  const language = path.join(templates, 'languages/rho');
  for (const [folder, data] of Object.entries(layers))
    fs.outputJsonSync(path.join(language, folder, 'layer.json'), data);
  const main = 'listen {{slots.env.[0].name}} serve "openapi.yaml" as "{{project.title}}"\n';
  fs.outputFileSync(path.join(language, 'files/main.rho.hbs'), main);
  fs.writeJsonSync(path.join(work, 'package.json'), { type: 'module' });
  const args = ['--templates', templates, '--out', path.join(work, 'dist')];
  execFileSync(path.join(root, 'node_modules/.bin/tsx'), [path.join(root, 'scripts/build.ts'), ...args], {
    cwd: root,
  });
  place.cli = path.join(work, 'dist/cli.js');
});

beforeEach(() => {
  place.here = fs.mkdtempSync(path.join(work, 'here-'));
});

afterAll(() => fs.removeSync(work));

test('its framework stands in the help and in the list', () => {
  expect(run(['--help']).out).toContain('rhobust');
  const { axes } = JSON.parse(run(['list', '--json']).out);
  expect(axes.framework.at(-1)).toMatchObject({ name: 'rhobust', title: 'Rhobust', hint: 'Rho' });
});

test('a project of it is whole but for its code', () => {
  const { code, err } = run(['shop', '--framework', 'rhobust', ...quick]);
  expect([code, err]).toEqual([0, '']);
  const read = (file: string) => fs.readFileSync(path.join(place.here, 'shop', file), 'utf8');
  expect(read('main.rho')).toBe('listen PORT serve "openapi.yaml" as "shop"\n');
  expect(read('openapi.yaml')).toContain('/v1/products');
  expect(read('migrations/0101_products.sql')).toContain('create table');
  expect(read('README.md')).toContain('rho dev');
  expect(read('AGENTS.md')).toContain('rho typecheck');
  expect(read('compose.yaml')).toContain('command: [rho, migrate.rho]');
  expect(read('.github/workflows/ci.yml')).toContain('run: rho test');
  expect(read('.dockerignore')).toContain('!main.rho');
  const { run: how } = JSON.parse(read('.scalable-api.json'));
  expect(how).toMatchObject({ startCommand: ['rho', 'main.rho'], instances: 1, commands });
});

test('it installs by its own package manager', () => {
  const { out } = run(['shop', '--framework', 'rhobust', '--dry-run', '--json', ...quick]);
  expect(JSON.parse(out).next).toEqual(['cd shop', 'rhopack fetch', 'rho dev', 'rho test']);
  refused(['shop', '--framework', 'rhobust', '--package-manager', 'npm', ...quick], 2, /possible: rhopack/);
});

test('what it has no cell for is refused', () => {
  refused(['shop', '--framework', 'rhobust', '--database', 'postgresql', ...quick], 2, /possible: sqlite/);
  refused(['shop', '--framework', 'rhobust', '--auth', 'jwt', ...quick], 2, /possible: none/);
});
