import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fs from 'fs-extra';
import { describe, expect, test } from 'vitest';
import { manifestPath } from '../../src/answers/manifest.js';
import { earlierProjects, followPage, hasBase, writeProject } from '../earlier/projects.js';
import { edit, isMigration } from '../owner.js';
import { place, quick, run, snapshot, usePackage } from './fixture.js';

usePackage();

/** Where the template now has a line in the place of those that its owner has written. */
const clashes: Record<string, string[]> = {
  'a6ad40af fastify': ['src/auth/roles.ts'],
  'a6ad40af fastapi': ['app/auth/dependencies.py', 'app/auth/roles.py', 'app/services.py'],
  '974f6472 express': [],
  '974f6472 fastapi': ['app/services.py'],
};

/** Texts of all files but those that the program, or uv for a formatter, keeps for itself, and whether they can be executed. */
function filesOf(root: string): Record<string, string> {
  const own = Object.entries(snapshot(root)).filter(
    ([file, text]) => text !== 'folder' && !/^(\.git|\.scalable-api|\.venv)\//.test(file),
  );
  const mode = (file: string) => (fs.statSync(path.join(root, file)).mode & 0o100 ? '(executable)' : '');
  return Object.fromEntries(own.map(([file, text]) => [file, text + mode(file)]));
}

type Files = Record<string, string>;

/** Files and manifest without migrations: these stay as they were applied, so that new ones follow others than in a fresh project. */
function besidesMigrations(files: Files): Files {
  const { [manifestPath]: text, ...others } = files;
  const manifest = JSON.parse(text!);
  for (const file of Object.keys(manifest.files)) if (isMigration(file)) delete manifest.files[file];
  const entries = Object.entries(others).filter(([file]) => !isMigration(file));
  return { ...Object.fromEntries(entries), [manifestPath]: JSON.stringify(manifest) };
}

/** Those that were there are as before, the new ones as in a fresh project, and each follows another. */
function expectMigrationsKept(old: Files, now: Files, fresh: Files): void {
  const follows = /^down_revision = .*$/m;
  for (const file of Object.keys(fresh).filter(isMigration)) {
    const [kept, made] = [old[file], fresh[file]!.replace(follows, '')];
    expect([file, kept ? now[file] : now[file]?.replace(follows, '')]).toEqual([file, kept ?? made]);
  }
  const before = Object.keys(now).flatMap((file) =>
    isMigration(file) ? (follows.exec(now[file]!)?.[0] ?? []) : [],
  );
  expect(new Set(before).size).toBe(before.length);
}

describe.each(
  earlierProjects().map((project) => ({ ...project, name: `${project.commit} ${project.framework}` })),
)('a project that an earlier package has made: $name', (project) => {
  const shop = () => path.join(place.here, 'shop');
  const fresh = () => path.join(place.here, 'fresh');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], { cwd: shop() });
  const inShop = (...args: string[]) => run([...args, '--json'], { cwd: shop() });

  /** The project, and one of the package of now with its answers. */
  function make(): void {
    writeProject(shop(), project);
    const answers = path.join(shop(), manifestPath);
    expect(run(['fresh', '--answers', answers, ...quick])).toMatchObject({ code: 0 });
  }

  test('becomes a fresh one', () => {
    make();
    const old = filesOf(shop());
    const { code, out } = inShop('update', '--no-install');
    expect({ code, ...JSON.parse(out).files }).toMatchObject({ code: 0, clash: [], merged: [], kept: [] });
    expect(besidesMigrations(filesOf(shop()))).toEqual(besidesMigrations(filesOf(fresh())));
    expectMigrationsKept(old, filesOf(shop()), filesOf(fresh()));
    expect(inShop('check')).toMatchObject({ code: 0 });
    expect(inShop('update', '--check')).toMatchObject({ code: 0 });
  });

  test('keeps what its team has built by its page of recipes', () => {
    make();
    const [old, next] = [filesOf(shop()), filesOf(fresh())];
    if (hasBase(project)) fs.copySync(shop(), path.join(place.here, 'old'));
    else {
      git('init', '--quiet');
      git('add', '--all');
      git('commit', '--quiet', '--message', 'made');
    }
    const page = old['docs/how-to.md']!;
    for (const root of [shop(), fresh()]) followPage(root, page);
    const edited = edit(shop(), old, next);
    expect(edit(fresh(), old, next)).toEqual(edited);
    expect(edited.length).toBeGreaterThan(50);

    const { out } = inShop('update', '--no-install', '--allow-dirty');
    const { files } = JSON.parse(out);
    expect(files.clash).toEqual(clashes[project.name]);
    expect(files.merged.length).toBeGreaterThan(15);
    for (const file of files.clash) fs.copySync(path.join(fresh(), file), path.join(shop(), file));
    expect(inShop('update', '--continue')).toMatchObject({ code: 0 });
    const { [manifestPath]: _, ...result } = besidesMigrations(filesOf(shop()));
    const { [manifestPath]: __, ...expected } = besidesMigrations(filesOf(fresh()));
    expect(result).toEqual(expected);
    expectMigrationsKept(old, filesOf(shop()), filesOf(fresh()));
    expect(inShop('update', '--check')).toMatchObject({ code: 0 });
  });
});
