import { spawnSync } from 'node:child_process';
import path from 'node:path';
import fs from 'fs-extra';
import { expect, test } from 'vitest';
import { changed, stepsOf } from '../how-to.js';
import { place, quick, refused, run, snapshot, usePackage } from './fixture.js';

usePackage();

const page = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/layers.md'), 'utf8');

test('docs/layers.md is followed word by word', () => {
  const here = place.installed;
  const shell = (command: string) =>
    spawnSync('sh', ['-ec', command], { cwd: here, encoding: 'utf8', env: { ...process.env, CI: '1' } });
  const printed = stepsOf(page).map((step) => {
    if (step.kind !== 'run') {
      fs.outputFileSync(path.join(here, step.file), changed(step, undefined));
      return '';
    }
    const { status, stdout, stderr } = shell(step.text);
    expect(status, stderr).toBe(0);
    return stdout;
  });
  expect(printed.join('')).toContain('nomad       Nomad: the cluster of Acme');

  const shop = path.join(here, 'shop');
  const read = (file: string) => fs.readFileSync(path.join(shop, file), 'utf8');
  expect(read('docs/acme.md')).toMatch(/^# shop at Acme\n\nEach instance has \d+ connections/);
  expect(read('src/plugins/cost-center.ts')).toContain('X-Cost-Center');
  expect(read('.env.example')).toContain('COST_CENTER');
  expect(read('.github/workflows/ci.yml')).toContain('hadolint Dockerfile');
  expect(read('.github/workflows/deploy.yml')).toContain('nomad job run');
  expect(read('deploy/api.nomad.hcl')).toMatch(/job "shop"[\s\S]*count = \d+/);
  const { answers } = JSON.parse(read('.scalable-api.json'));
  expect(answers.layers).toEqual([{ from: '../layers', hash: expect.stringMatching(/^[0-9a-f]{32}$/) }]);

  // The manifest makes the same project again, wherever it is called from.
  const again = run(['apps/again', '--answers', path.join(shop, '.scalable-api.json'), ...quick]);
  expect([again.code, again.err]).toEqual([0, '']);
  const made = snapshot(path.join(place.here, 'apps/again'));
  const { '.scalable-api.json': copied, ...files } = made;
  expect(snapshot(shop)).toMatchObject(files);
  const [source] = JSON.parse(copied!).answers.layers;
  expect(path.resolve(place.here, 'apps/again', source.from)).toBe(path.join(here, 'layers'));

  // A change of a layer is an update of the project.
  const project = ['shop', '--json'];
  const check = () => JSON.parse(run(['check', ...project], { cwd: here }).out).differences;
  expect(check()).toEqual([]);
  fs.appendFileSync(path.join(here, 'layers/acme/files/docs/acme.md.hbs'), 'Ask the platform team.\n');
  expect(check()).toEqual([{ file: 'docs/acme.md', difference: 'not as the manifest says' }]);
  const update = run(['update', ...project, '--no-install'], { cwd: here });
  expect([update.code, JSON.parse(update.out).files.changed]).toEqual([0, ['docs/acme.md']]);
  expect(read('docs/acme.md')).toContain('Ask the platform team.');
  expect(JSON.parse(read('.scalable-api.json')).answers.layers[0].hash).not.toBe(answers.layers[0].hash);
  expect(check()).toEqual([]);

  // The layers go elsewhere; the project is told, and drops them.
  fs.moveSync(path.join(here, 'layers'), path.join(here, 'elsewhere'));
  expect(run(['update', ...project], { cwd: here }).code).toBe(2);
  const quietly = ['--no-install', '--allow-dirty'];
  const moved = ['update', 'shop', '--layers', './elsewhere', ...quietly];
  expect(run(moved, { cwd: here })).toMatchObject({
    code: 0,
    out: expect.stringContaining('layers=./elsewhere'),
  });
  const manifest = () => JSON.parse(read('.scalable-api.json')).answers;
  expect(manifest().layers).toEqual([{ from: '../elsewhere', hash: expect.any(String) }]);
  expect(check()).toEqual([]);
  const without = ['update', 'shop', '--no-layers', ...quietly];
  expect(run(without, { cwd: here }).err).toMatch(/^deploy=nomad: possible: /);
  for (const args of [['add', 'deploy=none', 'shop', ...quietly], without])
    expect(run(args, { cwd: here })).toMatchObject({ code: 0 });
  expect(manifest()).not.toHaveProperty('layers');
  expect(fs.existsSync(path.join(shop, 'docs/acme.md'))).toBe(false);
  expect(check()).toEqual([]);
  fs.moveSync(path.join(here, 'elsewhere'), path.join(here, 'layers'));

  const [, says, call] = /prints `(.*)`\n\n```sh\n(.*)\n```/.exec(page)!;
  const broken = shell(call!);
  expect([broken.status, broken.stderr]).toEqual([2, expect.stringContaining(says!)]);
  expect(fs.existsSync(path.join(here, 'other'))).toBe(false);
});

test('layers that are not there are refused, with the reason', () => {
  refused(['shop', '--layers', './nowhere', ...quick], 2, /layers of "\.\/nowhere": there is no folder /);
  refused(['list', '--layers', 'nowhere'], 2, /no package of this name is installed/);
});
