import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { place, quick, refused, run, snapshot, usePackage } from './fixture.js';

usePackage();

describe('the package', () => {
  test('has no dependencies, no sources and is small', () => {
    const folder = path.join(place.installed, 'node_modules');
    expect(fs.readdirSync(folder).filter((name) => !name.startsWith('.'))).toEqual(['create-scalable-api']);
    const files = fs.readdirSync(path.join(folder, 'create-scalable-api'), {
      recursive: true,
      withFileTypes: true,
    });
    const bytes = files.reduce(
      (sum, file) => sum + (file.isFile() ? fs.statSync(path.join(file.parentPath, file.name)).size : 0),
      0,
    );
    // With the drivers of two databases, which `verify` asks.
    expect(bytes).toBeLessThan(4_500_000);
    expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file.name))).toEqual([]);
  });

  test('carries layers that were checked, not their schemas and what checks by them', () => {
    const folder = path.join(place.installed, 'node_modules/create-scalable-api/dist');
    const scripts = fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      // Layers from outside are checked when they are read; nothing else loads that file.
      .filter((file) => file.endsWith('.js') && file !== 'verify.js' && file !== 'outside.js')
      .map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
    expect(scripts.length).toBeGreaterThan(3);
    for (const part of ['strictRequired', 'dynamicAnchor', 'How its text is read and checked'])
      expect(scripts.filter((text) => text.includes(part))).toEqual([]);
  });

  test('answers --version, --help and list', () => {
    expect(run(['--version']).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run(['--help']).out).toContain('--database <value>');
    expect(run(['list']).out).toContain('sqlite');
    const { axes, fields } = JSON.parse(run(['list', '--json']).out);
    expect(axes.database).toHaveLength(3);
    expect(fields.types).toContain('money');
    const lambda = axes.deploy.find(({ name }: { name: string }) => name === 'lambda');
    expect(lambda.goesWith).toMatchObject({
      database: ['postgresql'],
      cache: ['redis'],
      auth: ['jwt', 'api-key', 'oidc', 'none'],
    });
    expect(run(['list']).out).toMatch(
      /^ {4}lambda .*; only with database postgresql, cache redis, queue none$/m,
    );
  });
});

describe('makes a project', () => {
  test('of the same bytes each time, and prints the command that does it again', () => {
    const first = run(['shop', ...quick]);
    expect([first.code, first.err]).toEqual([0, '']);
    const made = snapshot(path.join(place.here, 'shop'));
    expect(made['.gitignore']).toContain('node_modules');
    expect(made['.github/workflows/ci.yml']).toContain('${{');
    const [, again] = /npx create-scalable-api (.*)/.exec(first.out)!;
    fs.rmSync(path.join(place.here, 'shop'), { recursive: true });
    run([...again!.split(' '), '--no-install', '--no-git']);
    expect(snapshot(path.join(place.here, 'shop'))).toEqual(made);
  });

  test('of many resources without a warning', () => {
    const resources = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((letter) => [
      '--resource',
      `row${letter}: n:integer`,
    ]);
    expect(run(['many', ...quick, ...resources])).toMatchObject({ code: 0, err: '' });
  });

  test('for paths with spaces, quotes and unicode, and in parents that are not there', () => {
    const directory = `deep/er/it's "my" Café`;
    expect(run([directory, ...quick]).code).toBe(0);
    const manifest = JSON.parse(
      fs.readFileSync(path.join(place.here, directory, '.scalable-api.json'), 'utf8'),
    );
    expect(manifest.answers.project.name).toBe('it-s-my-cafe');
  });

  test('in the folder it stands in, and beside .git and a licence', () => {
    const folder = path.join(place.here, 'my-shop');
    fs.mkdirSync(folder);
    execFileSync('git', ['init', '--quiet', folder]);
    fs.writeFileSync(path.join(folder, 'LICENSE'), 'mine');
    const before = snapshot(folder);
    expect(run(['.', ...quick], { cwd: folder }).code).toBe(0);
    const after = snapshot(folder);
    expect(JSON.parse(after['package.json']!).name).toBe('my-shop');
    expect(Object.keys(before)).toContain('.git/HEAD');
    expect(after).toMatchObject(before);
    const inRepository = (file: string) => file.startsWith('.git/');
    expect(Object.keys(after).filter(inRepository)).toEqual(Object.keys(before).filter(inRepository));
  });

  test('from a preset, from an answers file and from the manifest of another project', () => {
    expect(run(['small', '--preset', 'minimal', '--no-install', '--no-git']).code).toBe(0);
    fs.copyFileSync(path.join(place.here, 'small/.scalable-api.json'), path.join(place.here, 'answers.json'));
    const result = run(['copy', '--answers', 'answers.json', '--no-install', '--no-git']);
    expect([result.code, result.err]).toEqual([0, '']);
    const answers = (name: string) =>
      JSON.parse(fs.readFileSync(path.join(place.here, name, '.scalable-api.json'), 'utf8')).answers;
    expect(snapshot(path.join(place.here, 'copy'))).toEqual(snapshot(path.join(place.here, 'small')));
    const [, again] = /npx create-scalable-api (.*)/.exec(result.out)!;
    fs.rmSync(path.join(place.here, 'copy'), { recursive: true });
    expect(run([...again!.split(' '), '--no-install', '--no-git']).code).toBe(0);
    expect(snapshot(path.join(place.here, 'copy'))).toEqual(snapshot(path.join(place.here, 'small')));
    run(['named', '--answers', 'answers.json', '--name', 'Tea Shop', '--no-install', '--no-git']);
    expect(answers('named').project).toEqual({ title: 'Tea Shop', name: 'tea-shop', snake: 'tea_shop' });
    expect(run(['piped', '--answers', '-', ...quick], { input: '{"database":"sqlite"}' }).code).toBe(0);
    expect(answers('piped').database).toBe('sqlite');
  });

  test('nothing with --dry-run, which prints the tree', () => {
    const { code, out } = run(['shop', '--dry-run', ...quick]);
    expect(code).toBe(0);
    expect(out).toContain('openapi.yaml');
    expect(fs.readdirSync(place.here)).toEqual([]);
  });

  test('with --json one document and nothing else on stdout', () => {
    const good = JSON.parse(run(['shop', '--json', ...quick]).out);
    expect(good).toMatchObject({
      ok: true,
      problems: [],
      directory: path.join(fs.realpathSync(place.here), 'shop'),
    });
    expect(good.files).toContain('openapi.yaml');
    const bad = run(['shop2', '--json', '--database', 'oracle', ...quick]);
    expect(bad.code).toBe(2);
    expect(JSON.parse(bad.out)).toMatchObject({ ok: false, problems: [{ given: '--database oracle' }] });
  });

  test('beside other files with --merge, never over them', () => {
    fs.mkdirSync(path.join(place.here, 'shop'));
    fs.writeFileSync(path.join(place.here, 'shop/notes.txt'), 'mine');
    expect(run(['shop', '--merge', ...quick]).code).toBe(0);
    expect(fs.readFileSync(path.join(place.here, 'shop/notes.txt'), 'utf8')).toBe('mine');
    refused(['shop', '--merge', ...quick], 2, /README\.md: is there already/);
  });
});
