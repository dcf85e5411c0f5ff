import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../e2e/project.js';
import { begin, fake, folderBeside, place, quick, run, snapshot, terminal, usePackage } from './fixture.js';

usePackage();

/** Whether every file that the manifest lists is there. */
function isWhole(folder: string): boolean {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, '.scalable-api.json'), 'utf8'));
  return Object.keys(manifest.files).every((file) => fs.existsSync(path.join(folder, file)));
}

test.each([
  ['a new folder', 'shop', false],
  ['a folder that is there', 'shop', true],
  ['the folder they stand in', '.', true],
])('of three at once into %s, one makes it and the others say so', async (_, target, exists) => {
  const folder = path.join(place.here, 'shop');
  if (exists) fs.mkdirSync(folder);
  const cwd = target === '.' ? folder : place.here;
  const runs = await Promise.all([1, 2, 3].map(() => begin([target, ...quick], {}, cwd).ended));
  const codes = runs.map(({ code }) => code);
  expect(codes.filter((code) => code === 0)).toHaveLength(1);
  for (const { code, err } of runs.filter((one) => one.code !== 0)) {
    expect([1, 2]).toContain(code);
    expect(err).toMatch(/another process writes there|is not empty|is there already/);
  }
  expect(isWhole(folder)).toBe(true);
});

test('when the disk is full', (context) => {
  const disk = path.join(place.here, 'disk');
  fs.mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', disk]);
  if (mounted.status !== 0) context.skip('a file system cannot be mounted here');
  try {
    const { code, err } = run(['disk/shop', ...quick]);
    expect([code, err]).toEqual([1, expect.stringContaining('the disk is full')]);
    expect(fs.readdirSync(disk)).toEqual([]);
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('not when only the installation fails: the project stays, and can be made again', () => {
  const env = fake('npm', 'mkdir node_modules; echo it broke; exit 7');
  const { code, out, err } = run(['shop', '--yes'], { env });
  expect([code, err]).toEqual([1, expect.stringMatching(/npm install: failed \(7\)[\s\S]*it broke/)]);
  const folder = path.join(place.here, 'shop');
  expect(isWhole(folder)).toBe(true);
  expect(fs.existsSync(path.join(folder, '.git'))).toBe(true);
  expect(err).toContain(`for example: cd ${folder} && npm install`);
  expect(out).toMatch(/Recreate with:\n {2}npx create-scalable-api shop --framework/);
  expect(out).toMatch(/Next:\n {2}cd shop\n {2}npm install\n/);
  const json = run(['other', '--yes', '--no-git', '--json'], { env });
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({
    ok: false,
    written: true,
    installed: false,
    command: expect.stringContaining('npx create-scalable-api other'),
    problems: [{ given: 'npm install' }],
  });
});

test('not when the package manager is missing', () => {
  const bin = folderBeside();
  for (const program of ['git', 'node']) {
    const found = spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
    fs.symlinkSync(found, path.join(bin, program));
  }
  const { code, err } = run(['shop', '--yes', '--no-git'], { env: { PATH: bin } });
  expect([code, err]).toEqual([1, expect.stringContaining('npm install: npm is not installed')]);
  expect(isWhole(path.join(place.here, 'shop'))).toBe(true);
});

test.each([false, true])(
  'on Ctrl-C while git runs; a repository that was there stays: %s',
  async (present) => {
    const folder = path.join(place.here, 'shop');
    if (present) {
      fs.mkdirSync(path.join(folder, '.git'), { recursive: true });
      fs.writeFileSync(path.join(folder, '.git/mine'), 'mine');
    }
    const before = snapshot(place.here);
    const committing = path.join(place.installed, 'committing');
    fs.rmSync(committing, { force: true });
    const env = fake(
      'git',
      `case "$1" in rev-parse) exit 128;; commit) touch ${committing}; sleep 2; exit 130;; esac`,
    );
    const { child, ended } = begin(['shop', '--yes', '--no-install'], env);
    await until(
      () => fs.existsSync(committing),
      () => 'git did not commit',
    );
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(snapshot(place.here)).toEqual(before);
  },
);

/** A package manager with a child, both deaf to some signals. The file gets the numbers of both. */
function family(pids: string, trap = ':') {
  return fake('npm', `${trap}; mkdir node_modules; sleep 90 & echo $$ $! > ${pids}; wait; wait`);
}

async function pidsIn(file: string): Promise<number[]> {
  await until(
    () => fs.readFileSync(file, 'utf8').endsWith('\n'),
    () => 'not installing',
  );
  return fs.readFileSync(file, 'utf8').trim().split(' ').map(Number);
}

/** Whether it runs; a dead process may wait for its parent to ask about it. */
function runs(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' });
  return /^[^Z]/.test(stdout);
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)('on %s while it installs', async (signal) => {
  const file = path.join(folderBeside(), 'pids');
  const { child, ended } = begin(['shop', '--yes', '--no-git', '--json'], family(file));
  const pids = await pidsIn(file);
  expect(pids.map(runs)).toEqual([true, true]);
  child.kill(signal);
  const { code, out } = await ended;
  expect(code).toBe(130);
  expect(JSON.parse(out)).toMatchObject({ ok: false });
  expect(pids.map(runs)).toEqual([false, false]);
  expect(fs.readdirSync(place.here)).toEqual([]);
});

test.each([
  ['Ctrl-C', 130],
  ['the end', 128 + os.constants.signals.SIGHUP],
] as const)('on %s of the terminal while it installs in a folder with files', async (what, code) => {
  fs.mkdirSync(path.join(place.here, 'shop'));
  fs.writeFileSync(path.join(place.here, 'shop/notes.txt'), 'mine');
  const before = snapshot(place.here);
  const file = path.join(folderBeside(), 'pids');
  const { child, ended, hangUp } = terminal(['shop', '--yes', '--no-git', '--merge'], family(file));
  const pids = await pidsIn(file);
  if (what === 'Ctrl-C') child.write('\x03');
  else hangUp();
  expect(await ended).toBe(code);
  expect(pids.map(runs)).toEqual([false, false]);
  expect(snapshot(place.here)).toEqual(before);
});

test('on Ctrl-C while a package manager that ignores it installs', async () => {
  const file = path.join(folderBeside(), 'pids');
  const env = family(file, "trap '' TERM INT");
  const { child, ended } = begin(['shop', '--yes', '--no-git'], env);
  const pids = await pidsIn(file);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(pids.map(runs)).toEqual([false, false]);
  expect(fs.readdirSync(place.here)).toEqual([]);
});

test('not when nobody reads what it says', async () => {
  const { child, ended } = begin(
    ['shop', ...quick.filter((flag) => flag !== '--no-install')],
    fake('npm', 'exit 0'),
  );
  child.stdout.destroy();
  child.stderr.destroy();
  expect((await ended).code).toBe(0);
  expect(isWhole(path.join(place.here, 'shop'))).toBe(true);
});

test('on Ctrl-C while it writes', async () => {
  const preload = path.join(folderBeside(), 'interrupt.cjs');
  const marker = path.join(path.dirname(preload), 'written');
  // The signal comes from within: no test is fast enough to be sure to meet the few milliseconds.
  fs.writeFileSync(
    preload,
    `const fs = require('node:fs');
    const { openSync } = fs;
    let files = 0;
    fs.openSync = (file, flags, mode) => {
      const descriptor = openSync(file, flags, mode);
      if (flags === 'wx' && ++files === 20) {
        openSync(${JSON.stringify(marker)}, 'w');
        process.kill(process.pid, 'SIGINT');
      }
      return descriptor;
    };`,
  );
  const { code, err } = run(['shop', ...quick], { env: { NODE_OPTIONS: `--require ${preload}` } });
  expect([code, err]).toEqual([130, expect.stringContaining('nothing was left behind')]);
  expect(fs.existsSync(marker)).toBe(true);
  expect(fs.readdirSync(place.here)).toEqual([]);
});
