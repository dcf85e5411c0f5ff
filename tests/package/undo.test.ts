import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../e2e/project.js';
import { begin, fake, place, quick, refused, run, snapshot, usePackage } from './fixture.js';

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
    expect(err).toMatch(/somebody else is writing there|is not empty|is there already/);
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

test('when the installation fails', () => {
  const env = fake('npm', 'mkdir node_modules; echo it broke; exit 7');
  refused(['shop', '--yes', '--no-git'], 1, /npm install: failed \(7\)[\s\S]*it broke/, { env });
  fs.mkdirSync(path.join(place.here, 'mine/.git'), { recursive: true });
  refused(['mine', '--yes', '--no-git'], 1, /it broke/, { env });
  const { out } = refused(['shop', '--yes', '--no-git', '--json'], 1, /it broke/, { env });
  expect(JSON.parse(out)).toMatchObject({ ok: false, problems: [{ given: 'npm install' }] });
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

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('on %s while it installs', async (signal) => {
  const env = fake('npm', 'mkdir node_modules; echo $$ > ../npm.pid; exec sleep 90');
  const { child, ended } = begin(['shop', '--yes', '--no-git', '--json'], env);
  const pidFile = path.join(place.here, 'npm.pid');
  await until(
    () => fs.existsSync(pidFile) && fs.readFileSync(pidFile, 'utf8').trim() !== '',
    () => 'not installing',
  );
  child.kill(signal);
  const { code, out } = await ended;
  expect(code).toBe(130);
  expect(JSON.parse(out)).toMatchObject({ ok: false });
  const pid = Number(fs.readFileSync(pidFile, 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(fs.readdirSync(place.here)).toEqual(['npm.pid']);
});

test('on Ctrl-C while it writes', async () => {
  const many = Array.from({ length: 80 }, (_, index) => ['--resource', `thing${index}: name:string`]).flat();
  const started = new Promise<void>((resolve) => {
    const watcher = fs.watch(place.here, () => {
      watcher.close();
      resolve();
    });
  });
  const { child, ended } = begin(['shop', ...quick, ...many]);
  await started;
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(fs.readdirSync(place.here)).toEqual([]);
});
