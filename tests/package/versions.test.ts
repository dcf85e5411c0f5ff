import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fs from 'fs-extra';
import { beforeAll, expect, test } from 'vitest';
import { manifestPath } from '../../src/answers/manifest.js';
import { addedFile, buildLater, deletedFiles, executableFile, laterVersion } from '../later-version.js';
import { edit, isMigration } from '../owner.js';
import { folderBeside, place, quick, snapshot, usePackage } from './fixture.js';

usePackage();

let later: string;

beforeAll(() => {
  later = buildLater(folderBeside());
});

/** Runs a version in the folder of the test, or in a project. @returns what it printed as JSON */
function runVersion(cli: string, args: readonly string[], cwd = place.here) {
  return JSON.parse(execFileSync(process.execPath, [cli, ...args, '--json'], { cwd, encoding: 'utf8' }));
}

function make(cli: string, folder: string, flags: readonly string[]): string {
  runVersion(cli, [folder, ...quick, '--name', 'shop', ...flags]);
  return path.join(place.here, folder);
}

/** Texts of all files, and which of them can be executed, but for what the program keeps for itself. */
function filesOf(root: string): Record<string, string> {
  const found = Object.entries(snapshot(root)).filter(
    ([file, text]) => text !== 'folder' && !/^(\.git|\.scalable-api)\//.test(file),
  );
  return Object.fromEntries(
    found.map(([file, text]) => [
      file,
      text + (fs.statSync(path.join(root, file)).mode & 0o100 ? '(executable)' : ''),
    ]),
  );
}

/** Without migrations, which stay as they were rendered first, also in the manifest. */
function besideMigrations(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files)
      .filter(([file]) => !isMigration(file))
      .map(([file, text]) => [
        file,
        file === manifestPath ? text.replace(/^ *"migrations\/(versions\/)?\d.*\n/gm, '') : text,
      ]),
  );
}

test.each([
  { framework: 'fastify', source: 'the base' },
  { framework: 'express', source: 'the package of the version before' },
  { framework: 'fastapi', source: 'git' },
])('an edited project becomes a new one with its edits, by $source: $framework', ({ framework, source }) => {
  const flags = ['--framework', framework];
  const shop = make(place.cli, 'shop', flags);
  const fresh = make(later, 'fresh', flags);
  const [old, next] = [filesOf(shop), filesOf(fresh)];
  expect(next[addedFile]).toBeDefined();
  expect([old, next].map((files) => deletedFiles.some((file) => files[file] !== undefined))).toEqual([
    true,
    false,
  ]);
  expect([old[executableFile], next[executableFile]]).toEqual([
    expect.not.stringContaining('(executable)'),
    expect.stringContaining('(executable)'),
  ]);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], { cwd: shop });
  if (source !== 'the base') fs.removeSync(path.join(shop, '.scalable-api/base'));
  if (source === 'git') {
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'made');
  }
  const edited = edit(shop, old, next);
  expect(edited.length).toBeGreaterThan(50);
  expect(edit(fresh, old, next)).toEqual(edited);
  const mine = filesOf(shop);

  const more = source.startsWith('the package') ? ['--old', path.dirname(path.dirname(place.cli))] : [];
  const { files, from, to } = runVersion(later, ['update', '--no-install', '--allow-dirty', ...more], shop);
  expect({ from, to }).toEqual({ from: expect.not.stringContaining(laterVersion), to: laterVersion });
  expect(files).toMatchObject({ clash: [], kept: ['AGENTS.md'], adopted: [] });
  expect(files.merged.length).toBeGreaterThan(30);
  expect(files.deleted).toEqual(deletedFiles.filter((file) => old[file] !== undefined));
  expect(files.added).toEqual([addedFile]);
  const result = filesOf(shop);
  expect(besideMigrations(result)).toEqual(besideMigrations(filesOf(fresh)));
  for (const file of Object.keys(old).filter(isMigration)) expect(result[file]).toBe(old[file]);

  expect(runVersion(later, ['update', '--check'], shop)).toMatchObject({
    files: { changed: [], merged: [] },
  });
  runVersion(later, ['update', '--undo'], shop);
  expect(filesOf(shop)).toEqual(mine);
});

test.each([
  { words: ['add', 'cache=memory', 'ci=gitlab'], flags: ['--cache', 'memory', '--ci', 'gitlab'] },
  {
    words: ['resource', 'review: text:string, productId:ref(product)'],
    flags: ['--resource', 'review: text:string, productId:ref(product)'],
  },
])('another change by a later version is an update as well: $words', ({ words, flags }) => {
  const first = ['--resource', 'product: name:string'];
  const shop = make(place.cli, 'shop', first);
  const old = filesOf(shop);
  const fresh = make(later, 'fresh', [...first, ...flags]);
  expect(runVersion(later, [...words, '--no-install'], shop)).toMatchObject({ to: laterVersion });
  const result = filesOf(shop);
  expect(besideMigrations(result)).toEqual(besideMigrations(filesOf(fresh)));
  for (const file of Object.keys(old).filter(isMigration)) expect(result[file]).toBe(old[file]);
});
