import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratchFolder } from '../command-line.js';
import { addedFile, buildLater, laterVersion } from '../later-version.js';
import { nameOf, Passed } from '../passed.js';
import { copyOfPackage, finished, installManagers, run } from './project.js';

const first = 'product: name:string(1,120), description:text?, price:decimal, status:enum(draft|active)';
/** What becomes of a project, one after another, before a later version comes. */
const changes = [
  ['resource', 'review: text:string(1,80), productId:ref(product)'],
  ['resource', 'product', "+sku:string=''", '-description', 'price=amount', 'status:enum(draft|active|sold)'],
  ['add', 'auth=jwt', 'ci=gitlab'],
];
/** As the projects begin. */
const combinations = [
  { choices: { framework: 'fastify', database: 'postgresql' }, manager: 'npm' },
  { choices: { framework: 'express', database: 'sqlite' }, manager: 'pnpm' },
  { choices: { framework: 'fastapi', database: 'postgresql' }, manager: 'uv' },
].map(({ choices, manager }) => ({
  choices: { ...choices, cache: 'memory', auth: 'none', ci: 'none' },
  resources: [first],
  manager,
}));

const sources = ['tests/e2e/evolved.test.ts', 'tests/later-version.ts', 'src/evolution', 'src/resources'];
const passed = new Passed('evolved', sources);
const open = combinations.filter((combination) => !passed.has(combination));

let installed: string;
let work: string;
let cli: string;
let later: string;
let managers: Record<string, string>;

beforeAll(() => {
  if (open.length === 0) return;
  installed = copyOfPackage();
  work = scratchFolder('evolved');
  cli = path.join(installed, 'node_modules/.bin/create-scalable-api');
  later = buildLater(path.join(work, 'later'));
  managers = { PATH: `${installManagers()}:${process.env.PATH}` };
});

afterAll(() => {
  for (const folder of [installed, work]) if (folder) fs.removeSync(folder);
});

test.skipIf(open.length === combinations.length)('the others have passed as they are', () => {
  expect(combinations.filter((combination) => passed.has(combination)).length).toBeGreaterThan(0);
});

describe.each(open.map((combination) => ({ name: nameOf(combination), ...combination })))(
  'a project with new resources, fields, options and version: $name',
  ({ choices, resources, manager }) => {
    const folder = () => path.join(work, choices.framework);
    const manifest = () => fs.readJsonSync(path.join(folder(), '.scalable-api.json'));
    const command = (name: string) =>
      run(folder(), 'sh', ['-c', manifest().run.commands[name]], { ...managers, CI: '' });
    passed.recordWhenPassed({ choices, resources, manager }, afterAll);

    test('is made', () => {
      const flags = Object.entries(choices).map(([axis, value]) => `--${axis}=${value}`);
      const specs = resources.flatMap((spec) => ['--resource', spec]);
      const quick = ['--yes', '--no-install', '--no-git', '--package-manager', manager];
      run(work, cli, [choices.framework, ...quick, ...flags, ...specs]);
      for (const words of changes) run(folder(), cli, [...words, '--no-install']);
      run(folder(), process.execPath, [later, 'update', '--no-install']);
      expect(manifest()).toMatchObject({ version: laterVersion, answers: { auth: 'jwt', ci: 'gitlab' } });
      expect(fs.existsSync(path.join(folder(), addedFile))).toBe(true);
      command('install');
    });

    test.each(['lint', 'typecheck', 'build', 'test'])('passes its %s', (name) => {
      expect(command(name)).not.toMatch(/\d+ failed/);
    });

    test('holds the contract', async () => {
      const args = [later, 'verify', '.', '--quick'];
      expect(await finished(folder(), process.execPath, args, managers)).toMatch(/\d+ passed/);
    });
  },
);
