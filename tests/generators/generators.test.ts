import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, beforeAll, expect, test } from 'vitest';
import helpers from 'yeoman-test';
import AppGenerator from '../../generators/app/index.js';
import ResourceGenerator from '../../generators/resource/index.js';
import { makeScratch, modesAndTexts, withCli } from './projects.js';

const flags = ['--no-install', '--no-git', '--yes'];
const options = { yes: true, install: false, git: false };
const order = 'order: total:decimal';
const specs = ['product: name:string(1,40)!', order];
let scratch: string;

beforeAll(() => {
  scratch = makeScratch();
});

afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** Runs a generator in a folder and writes to the disk, as Yeoman does. */
function run(Generator: unknown, folder: string, args: string[], given: object = {}) {
  return helpers
    .run(Generator as never, undefined, { forwardCwd: true } as never)
    .cd(folder)
    .withArguments(args)
    .withOptions({ skipInstall: true, forceInstall: false, ...given } as never);
}

test('the app generator writes what the command line writes, run bits included', async () => {
  const [ours, theirs] = [path.join(scratch, 'cli'), path.join(scratch, 'yeoman')];
  fs.mkdirSync(theirs);
  withCli(ours, ['shop', ...flags, '--peak-rps', '800', ...specs.flatMap((spec) => ['--resource', spec])]);
  await run(AppGenerator, theirs, ['shop'], { ...options, 'peak-rps': 800, resource: specs });
  const files = modesAndTexts(path.join(theirs, 'shop'));
  expect(files).toEqual(modesAndTexts(path.join(ours, 'shop')));
  expect(Object.values(files).filter(({ executable }) => executable).length).toBeGreaterThan(2);
});

test('the app generator refuses a folder that a workspace would install, and writes nothing', async () => {
  const root = path.join(scratch, 'workspace');
  fs.outputJsonSync(path.join(root, 'package.json'), { name: 'root', workspaces: ['*'] });
  await expect(run(AppGenerator, root, ['shop'], options)).rejects.toThrow(
    /is in the workspace of .*"!shop"/s,
  );
  expect(fs.readdirSync(root)).toEqual(['package.json']);
});

test('the resource generator makes the project that has had the resource from the start', async () => {
  const [ours, theirs] = [path.join(scratch, 'both'), path.join(scratch, 'one')];
  withCli(ours, ['shop', ...flags, ...specs.flatMap((spec) => ['--resource', spec])]);
  withCli(theirs, ['shop', ...flags, '--resource', specs[0]!]);
  await run(ResourceGenerator, path.join(theirs, 'shop'), [order]);
  expect(modesAndTexts(path.join(theirs, 'shop'))).toEqual(modesAndTexts(path.join(ours, 'shop')));
});

test('the resource generator merges into files that have been edited', async () => {
  const folder = path.join(scratch, 'edited');
  withCli(folder, ['shop', ...flags, '--resource', specs[0]!]);
  const project = path.join(folder, 'shop');
  fs.appendFileSync(path.join(project, 'openapi.yaml'), '# ours\n');
  await run(ResourceGenerator, project, [order]);
  expect(modesAndTexts(project)['openapi.yaml']!.text).toMatch(/\/v1\/orders:[\s\S]*# ours\n/);
});

test.each([
  ['none', [], /^no resource: give the resource/],
  ['one that is there', ['product'], /product: is there already/],
])('the resource generator refuses %s and writes nothing', async (_, args, reason) => {
  const folder = path.join(scratch, `refused-${args.length}`);
  withCli(folder, ['shop', ...flags, '--resource', specs[0]!]);
  const project = path.join(folder, 'shop');
  const before = modesAndTexts(project);
  await expect(run(ResourceGenerator, project, args)).rejects.toThrow(reason);
  expect(modesAndTexts(project)).toEqual(before);
});

test.each([
  ['a misspelt option', { framwork: 'x' }, /--framwork: is not an option; did you mean --framework\?/],
  ['a value that is none', { ci: 'none of them' }, /--ci none of them: possible: /],
  ['a folder that holds something', { yes: true }, /is not empty/],
])('the app generator refuses %s and writes nothing', async (_, given, reason) => {
  const folder = fs.mkdtempSync(path.join(scratch, 'refused-'));
  if (reason.source.includes('empty')) fs.outputFileSync(path.join(folder, 'shop/a.txt'), '');
  const before = fs.readdirSync(folder, { recursive: true });
  await expect(run(AppGenerator, folder, ['shop'], { ...options, ...given })).rejects.toThrow(reason);
  expect(fs.readdirSync(folder, { recursive: true })).toEqual(before);
});
