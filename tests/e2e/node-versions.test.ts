import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { place, quick, snapshot, usePackage } from '../package/fixture.js';

// The oldest version that is promised, and the last of each line since.
const versions = ['20.19.0', '22.23.3', '24.21.0', '26.10.0'];
const platform = `node-${os.platform()}-${os.arch()}`;
let folder: string;

usePackage();

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'node-'));
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  const aliases = versions.map((version) => `node-${version}@npm:${platform}@${version}`);
  execFileSync('npm', ['install', '--silent', '--no-audit', '--ignore-scripts', ...aliases], { cwd: folder });
}, 300_000);

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test.each(versions)('Node.js %s makes the same bytes', (version) => {
  const node = path.join(folder, `node_modules/node-${version}/bin/node`);
  const run = (...args: string[]) => {
    const { stdout, stderr } = spawnSync(node, [place.cli, ...args], { cwd: place.here, encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout;
  };
  expect(execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()).toBe(`v${version}`);
  expect(run('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(JSON.parse(run('list', '--json')).axes.framework.length).toBeGreaterThan(0);
  expect(JSON.parse(run('shop', ...quick, '--json'))).toMatchObject({ ok: true });
  const made = snapshot(path.join(place.here, 'shop'));
  fs.rmSync(path.join(place.here, 'shop'), { recursive: true });
  execFileSync(process.execPath, [place.cli, 'shop', ...quick], { cwd: place.here });
  expect(made).toEqual(snapshot(path.join(place.here, 'shop')));
});
