import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as pty from '@lydell/node-pty';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installPackage, until } from '../e2e/project.js';

let installed: string;
let cli: string;
let here: string;

beforeAll(() => {
  installed = installPackage();
  cli = path.join(installed, 'node_modules/create-scalable-api/dist/cli.js');
});

afterAll(() => fs.rmSync(installed, { recursive: true, force: true }));

beforeEach(() => {
  here = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-'));
});

interface Run {
  code: number | null;
  out: string;
  err: string;
}

function run(
  args: string[],
  options: { cwd?: string; input?: string; env?: Record<string, string> } = {},
): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: options.cwd ?? here,
    encoding: 'utf8',
    input: options.input ?? '',
    env: { ...process.env, ...options.env },
  });
  return { code: status, out: stdout, err: stderr };
}

const quick = ['--yes', '--no-install', '--no-git'];

/** Every path below a folder, with the content of files. */
function snapshot(folder: string): Record<string, string> {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const full = path.join(entry.parentPath, entry.name);
      return [
        path.relative(folder, full),
        entry.isFile() ? fs.readFileSync(full, 'utf8') : entry.isDirectory() ? 'folder' : 'link',
      ];
    }),
  );
}

/** The run fails with that code, says that, and leaves the disk as it was. */
function refused(args: string[], code: number, says: RegExp, options: Parameters<typeof run>[1] = {}): Run {
  const before = snapshot(here);
  const result = run(args, options);
  expect(result.err).toMatch(says);
  expect(result.code).toBe(code);
  expect(snapshot(here)).toEqual(before);
  return result;
}

describe('the package', () => {
  test('has no dependencies, no sources and is small', () => {
    const folder = path.join(installed, 'node_modules');
    expect(fs.readdirSync(folder).filter((name) => !name.startsWith('.'))).toEqual(['create-scalable-api']);
    const files = fs.readdirSync(path.join(folder, 'create-scalable-api'), {
      recursive: true,
      withFileTypes: true,
    });
    const bytes = files.reduce(
      (sum, file) => sum + (file.isFile() ? fs.statSync(path.join(file.parentPath, file.name)).size : 0),
      0,
    );
    expect(bytes).toBeLessThan(4_000_000);
    expect(files.filter((file) => file.name.endsWith('.ts'))).toEqual([]);
  });

  test('answers --version, --help and list', () => {
    expect(run(['--version']).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run(['--help']).out).toContain('--database <value>');
    expect(run(['list']).out).toContain('sqlite');
    expect(JSON.parse(run(['list', '--json']).out).axes.database).toHaveLength(2);
  });
});

describe('makes a project', () => {
  test('of the same bytes each time, and prints the command that does it again', () => {
    const first = run(['shop', ...quick]);
    expect([first.code, first.err]).toEqual([0, '']);
    const made = snapshot(path.join(here, 'shop'));
    expect(made['.gitignore']).toContain('node_modules');
    expect(made['.github/workflows/ci.yml']).toContain('${{');
    const [, again] = /npx create-scalable-api (.*)/.exec(first.out)!;
    fs.rmSync(path.join(here, 'shop'), { recursive: true });
    run([...again!.split(' '), '--no-install', '--no-git']);
    expect(snapshot(path.join(here, 'shop'))).toEqual(made);
  });

  test('for paths with spaces, quotes and unicode, and in parents that are not there', () => {
    const directory = `deep/er/it's "my" Café`;
    expect(run([directory, ...quick]).code).toBe(0);
    const manifest = JSON.parse(fs.readFileSync(path.join(here, directory, '.scalable-api.json'), 'utf8'));
    expect(manifest.answers.project.name).toBe('it-s-my-cafe');
  });

  test('in the folder it stands in, and beside .git and a licence', () => {
    const folder = path.join(here, 'my-shop');
    fs.mkdirSync(path.join(folder, '.git'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'LICENSE'), 'mine');
    expect(run(['.', ...quick], { cwd: folder }).code).toBe(0);
    expect(JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).name).toBe('my-shop');
    expect(fs.readFileSync(path.join(folder, 'LICENSE'), 'utf8')).toBe('mine');
  });

  test('from a preset, from an answers file and from the manifest of another project', () => {
    expect(run(['small', '--preset', 'minimal', '--no-install', '--no-git']).code).toBe(0);
    fs.copyFileSync(path.join(here, 'small/.scalable-api.json'), path.join(here, 'answers.json'));
    const result = run(['copy', '--answers', 'answers.json', '--no-install', '--no-git']);
    expect([result.code, result.err]).toEqual([0, '']);
    const answers = (name: string) =>
      JSON.parse(fs.readFileSync(path.join(here, name, '.scalable-api.json'), 'utf8')).answers;
    expect({ ...answers('copy'), project: 0 }).toEqual({ ...answers('small'), project: 0 });
    expect(run(['piped', '--answers', '-', ...quick], { input: '{"database":"sqlite"}' }).code).toBe(0);
    expect(answers('piped').database).toBe('sqlite');
  });

  test('nothing with --dry-run, which prints the tree', () => {
    const { code, out } = run(['shop', '--dry-run', ...quick]);
    expect(code).toBe(0);
    expect(out).toContain('openapi.yaml');
    expect(fs.readdirSync(here)).toEqual([]);
  });

  test('with --json one document and nothing else on stdout', () => {
    const good = JSON.parse(run(['shop', '--json', ...quick]).out);
    expect(good).toMatchObject({
      ok: true,
      problems: [],
      directory: path.join(fs.realpathSync(here), 'shop'),
    });
    expect(good.files).toContain('openapi.yaml');
    const bad = run(['shop2', '--json', '--database', 'oracle', ...quick]);
    expect(bad.code).toBe(2);
    expect(JSON.parse(bad.out)).toMatchObject({ ok: false, problems: [{ given: '--database oracle' }] });
  });

  test('beside other files with --merge, never over them', () => {
    fs.mkdirSync(path.join(here, 'shop'));
    fs.writeFileSync(path.join(here, 'shop/notes.txt'), 'mine');
    expect(run(['shop', '--merge', ...quick]).code).toBe(0);
    expect(fs.readFileSync(path.join(here, 'shop/notes.txt'), 'utf8')).toBe('mine');
    refused(['shop', '--merge', ...quick], 2, /README\.md: is there already/);
  });
});

describe('refuses', () => {
  test('everything that is wrong with a call, at once', () => {
    const { err } = refused(
      [
        'shop',
        '--databse',
        'x',
        '--database',
        'oracle',
        '--cache',
        'redis',
        '--cache',
        'memory',
        '--resource',
        'id',
        ...quick,
      ],
      2,
      /did you mean --database/,
    );
    for (const part of ['possible: postgresql, sqlite', 'contradict each other', 'write it as'])
      expect(err).toContain(part);
    expect(err).toContain('for example: create-scalable-api');
  });

  test('names that npm does', () => {
    refused(['node_modules', ...quick], 2, /npm refuses/);
    refused(['日本', ...quick], 2, /no package name/);
  });

  test('a folder that is not empty, a file, a link', () => {
    fs.mkdirSync(path.join(here, 'full'));
    fs.writeFileSync(path.join(here, 'full/a.txt'), 'a');
    fs.writeFileSync(path.join(here, 'file'), '');
    fs.symlinkSync(os.tmpdir(), path.join(here, 'link'));
    refused(['full', ...quick], 2, /is not empty \(a\.txt\)/);
    refused(['file', ...quick], 2, /is a file/);
    refused(['file/below', ...quick], 2, /is a file/);
    refused(['link', ...quick], 2, /symbolic link/);
  });

  test.each(['..', '../sh', os.tmpdir()])(
    'to write through a link that leads out of the folder, to %s',
    (target) => {
      fs.mkdirSync(path.join(here, 'shop'));
      fs.mkdirSync(path.join(here, 'sh'));
      fs.symlinkSync(target, path.join(here, 'shop/src'));
      refused(['shop', '--merge', ...quick], 2, /outside of the folder/);
    },
  );

  test('a parent that is a link to nowhere', () => {
    fs.symlinkSync('nowhere', path.join(here, 'gone'));
    refused(['gone/shop', ...quick], 2, /leads nowhere/);
  });

  test.skipIf(process.getuid?.() !== 0)('a parent that cannot be written', () => {
    fs.chmodSync(here, 0o755);
    const { status, stderr } = spawnSync(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, cli, 'shop', ...quick],
      { cwd: here, encoding: 'utf8' },
    );
    // The package itself lies in a folder that only its owner may enter on some machines.
    if (!stderr.includes('Cannot find module'))
      expect([status, stderr]).toEqual([2, expect.stringContaining('no permission')]);
    expect(fs.readdirSync(here)).toEqual([]);
  });

  test.each([
    ['no JSON', '{', /is not JSON/],
    ['an array', '[]', /must be an object/],
    ['a prototype', '{"__proto__":{"x":1}}', /"__proto__", which is no answer/],
    ['a path', '{"project":{"name":"../../etc"},"directory":"../x"}', /"directory", which is no answer/],
    ['wrong types', '{"database":7,"resources":"x"}', /"database" that is no text[\s\S]*no list of texts/],
    ['an unknown value', '{"database":"../../etc"}', /possible: postgresql, sqlite/],
    ['ten megabytes', JSON.stringify({ framework: 'x'.repeat(10_000_000) }), /larger than 1 MB/],
  ])('answers that are %s', (_, text, says) => {
    fs.writeFileSync(path.join(here, 'answers.json'), text);
    refused(['shop', '--answers', 'answers.json', ...quick], 2, says);
    refused(['shop', '--answers', 'not-there.json', ...quick], 2, /cannot be read/);
  });

  test('to guess without a terminal', () => {
    refused(['shop', '--database', 'sqlite'], 2, /missing: --framework, --cache/);
    refused(quick, 2, /missing: a directory/);
  });
});

describe('leaves nothing behind', () => {
  test('of two at once into one folder, one makes it', async () => {
    const runs = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<number | null>((resolve) => {
            spawn(process.execPath, [cli, 'shop', ...quick], { cwd: here, stdio: 'ignore' }).once(
              'close',
              resolve,
            );
          }),
      ),
    );
    expect(runs.filter((code) => code === 0)).toHaveLength(1);
    const manifest = JSON.parse(fs.readFileSync(path.join(here, 'shop/.scalable-api.json'), 'utf8'));
    for (const file of Object.keys(manifest.files))
      expect(fs.existsSync(path.join(here, 'shop', file))).toBe(true);
  });

  test.skipIf(process.getuid?.() !== 0)('when the disk is full', () => {
    const disk = path.join(here, 'disk');
    fs.mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', disk]);
    if (mounted.status !== 0) return;
    try {
      const { code, err } = run(['disk/shop', ...quick]);
      expect([code, err]).toEqual([1, expect.stringContaining('the disk is full')]);
      expect(fs.readdirSync(disk)).toEqual([]);
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  /** A package manager of that name that does what the script says. */
  function fake(manager: string, script: string): Record<string, string> {
    const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'bin-'));
    fs.writeFileSync(path.join(bin, manager), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { PATH: `${bin}:${process.env.PATH}` };
  }

  test('when the installation fails', () => {
    const env = fake('npm', 'mkdir node_modules; echo it broke; exit 7');
    refused(['shop', '--yes', '--no-git'], 1, /npm install: failed \(7\)[\s\S]*it broke/, { env });
    fs.mkdirSync(path.join(here, 'mine/.git'), { recursive: true });
    refused(['mine', '--yes', '--no-git'], 1, /it broke/, { env });
  });

  test.each([false, true])(
    'on Ctrl-C while git runs; a repository that was there stays: %s',
    async (present) => {
      const folder = path.join(here, 'shop');
      if (present) {
        fs.mkdirSync(path.join(folder, '.git'), { recursive: true });
        fs.writeFileSync(path.join(folder, '.git/mine'), 'mine');
      }
      const before = snapshot(here);
      const env = fake('git', 'case "$1" in rev-parse) exit 128;; commit) sleep 2; exit 130;; esac');
      const child = spawn(process.execPath, [cli, 'shop', '--yes', '--no-install'], {
        cwd: here,
        env: { ...process.env, ...env },
      });
      await until(
        () => fs.existsSync(path.join(folder, 'package.json')),
        () => 'not written',
      );
      await new Promise((resolve) => setTimeout(resolve, 700));
      child.kill('SIGINT');
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(130);
      expect(snapshot(here)).toEqual(before);
    },
  );

  test('on Ctrl-C while it installs', async () => {
    const env = fake('npm', 'mkdir node_modules; exec sleep 30');
    const child = spawn(process.execPath, [cli, 'shop', '--yes', '--no-git'], {
      cwd: here,
      env: { ...process.env, ...env },
    });
    await until(
      () => fs.existsSync(path.join(here, 'shop/node_modules')),
      () => 'not installing',
    );
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(130);
    expect(fs.readdirSync(here)).toEqual([]);
  });
});

describe('on a terminal', () => {
  function terminal(args: string[]) {
    const child = pty.spawn(process.execPath, [cli, ...args], {
      cwd: here,
      cols: 120,
      rows: 40,
      env: { ...process.env, CI: '' },
    });
    let output = '';
    child.onData((data) => {
      output += data;
    });
    const ended = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
    return { child, ended, output: () => output };
  }

  test('asks nothing when every flag is given', async () => {
    const { child, ended, output } = terminal(['shop', '--preset', 'minimal', '--no-install', '--no-git']);
    child.resize(100, 30);
    expect(await ended).toBe(0);
    expect(output()).not.toContain('?');
  });

  test('asks for what is open, offers what is possible, and makes it', async () => {
    const { child, ended, output } = terminal(['--no-install', '--no-git']);
    await until(() => output().includes('In which folder?'), output);
    child.write('shop\r');
    const questions = [
      'Where do the resources live?',
      'Which store',
      'prove who they are',
      'Where will it be deployed?',
      'Which CI',
      'Which resource',
      'Make it?',
    ];
    for (const question of questions) {
      await until(() => output().includes(question), output);
      child.write('\r');
    }
    expect(await ended, output()).toBe(0);
    expect(fs.existsSync(path.join(here, 'shop/openapi.yaml'))).toBe(true);
  });

  test.each([0, 1, 2, 4, 6, 7])('Ctrl-C at question %i leaves nothing', async (at) => {
    const { child, ended, output } = terminal(['--no-install', '--no-git']);
    const questions = [
      'In which folder?',
      'Where do the resources live?',
      'Which store',
      'prove who they are',
      'Where will it be deployed?',
      'Which CI',
      'Which resource',
      'Make it?',
    ];
    for (const [index, question] of questions.entries()) {
      await until(() => output().includes(question), output);
      child.write(index === at ? '\x03' : '\r');
      if (index === at) break;
    }
    expect(await ended, output()).toBe(130);
    expect(fs.readdirSync(here)).toEqual([]);
  });
});
