import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fs from 'fs-extra';
import { describe, expect, test } from 'vitest';
import { manifestPath } from '../../src/answers/manifest.js';
import { earlierProjects, followPage, hasBase, writeProject } from '../earlier/projects.js';
import { edit } from '../owner.js';
import { place, quick, run, snapshot, usePackage } from './fixture.js';

usePackage();

/** Where the template now has a line in the place of those that its owner has written. */
const clashes: Record<string, string[]> = {
  'a6ad40af fastify': ['src/auth/roles.ts'],
  'a6ad40af fastapi': ['app/auth/roles.py', 'app/services.py'],
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
    expect(filesOf(shop())).toEqual(filesOf(fresh()));
    for (const [file, text] of Object.entries(filesOf(fresh())))
      if (file.startsWith('migrations/')) expect([file, old[file]]).toEqual([file, text]);
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
    const expected = filesOf(fresh());
    const { [manifestPath]: _, ...result } = filesOf(shop());
    expect(result).toEqual(
      Object.fromEntries(Object.entries(expected).filter(([file]) => file !== manifestPath)),
    );
    expect(inShop('update', '--check')).toMatchObject({ code: 0 });
  });
});
