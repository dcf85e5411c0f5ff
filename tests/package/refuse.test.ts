import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { place, quick, refused, usePackage } from './fixture.js';

usePackage();

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
    for (const part of ['possible: postgresql, mysql, sqlite', 'contradict each other', 'write it as'])
      expect(err).toContain(part);
    expect(err).toContain('for example: create-scalable-api');
  });

  test('a full folder and a bad resource together with a bad value', () => {
    fs.mkdirSync(path.join(place.here, 'full'));
    fs.writeFileSync(path.join(place.here, 'full/a.txt'), 'a');
    const { err } = refused(['full', '--database', 'oracle', '--resource', 'id', ...quick], 2, /oracle/);
    expect(err).toContain('is not empty');
    expect(err).toContain('write it as');
  });

  test('names that npm does', () => {
    refused(['node_modules', ...quick], 2, /npm refuses/);
    refused(['日本', ...quick], 2, /no package name/);
  });

  test('a folder that is not empty, a file, a link', () => {
    fs.mkdirSync(path.join(place.here, 'full'));
    fs.writeFileSync(path.join(place.here, 'full/a.txt'), 'a');
    fs.writeFileSync(path.join(place.here, 'file'), '');
    fs.symlinkSync(os.tmpdir(), path.join(place.here, 'link'));
    refused(['full', ...quick], 2, /is not empty \(a\.txt\)/);
    refused(['file', ...quick], 2, /is a file/);
    refused(['file/below', ...quick], 2, /is a file/);
    refused(['link', ...quick], 2, /symbolic link/);
  });

  test.each(['..', '../sh', os.tmpdir()])(
    'to write through a link that leads out of the folder, to %s',
    (target) => {
      fs.mkdirSync(path.join(place.here, 'shop'));
      fs.mkdirSync(path.join(place.here, 'sh'));
      fs.symlinkSync(target, path.join(place.here, 'shop/src'));
      refused(['shop', '--merge', ...quick], 2, /outside of the folder/);
    },
  );

  test('a parent that is a link to nowhere', () => {
    fs.symlinkSync('nowhere', path.join(place.here, 'gone'));
    refused(['gone/shop', ...quick], 2, /leads nowhere/);
  });

  test('a parent that cannot be written', (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can be somebody else');
    fs.chmodSync(place.here, 0o755);
    const { status, stderr } = spawnSync(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, place.cli, 'shop', ...quick],
      { cwd: place.here, encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([2, expect.stringContaining('no permission')]);
    expect(fs.readdirSync(place.here)).toEqual([]);
  });

  test.each([
    ['no JSON', '{', /is not JSON/],
    ['an array', '[]', /must be an object/],
    ['a prototype', '{"__proto__":{"x":1}}', /"__proto__", which is no answer/],
    ['a path', '{"project":{"name":"../../etc"},"directory":"../x"}', /"directory", which is no answer/],
    ['wrong types', '{"database":7,"resources":"x"}', /"database" that is no text[\s\S]*no list of texts/],
    ['an unknown value', '{"database":"../../etc"}', /possible: postgresql, mysql, sqlite/],
    ['ten megabytes', JSON.stringify({ framework: 'x'.repeat(10_000_000) }), /larger than 1 MB/],
  ])('answers that are %s', (_, text, says) => {
    fs.writeFileSync(path.join(place.here, 'answers.json'), text);
    refused(['shop', '--answers', 'answers.json', ...quick], 2, says);
    refused(['shop', '--answers', '-', ...quick], 2, says, { input: text });
    refused(['shop', '--answers', 'not-there.json', ...quick], 2, /cannot be read/);
  });

  test('to guess without a terminal', () => {
    refused(['shop', '--database', 'sqlite'], 2, /no terminal for prompts: missing: --framework, --cache/, {
      env: { CI: '' },
    });
    refused(quick, 2, /--yes disables prompts: missing: a directory; give it/);
    refused(['--preset', 'minimal'], 2, /--preset disables prompts: missing: a directory; give it/);
  });

  test('to wait for answers when stdin is closed', () => {
    const closed = (args: string) =>
      spawnSync('sh', ['-c', `"$0" "$1" ${args} <&-`, process.execPath, place.cli], {
        cwd: place.here,
        encoding: 'utf8',
        env: { ...process.env, CI: '' },
      });
    expect(closed('shop')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('missing: --framework'),
    });
    expect(closed('shop --answers - --yes')).toMatchObject({ status: 2 });
    expect(fs.readdirSync(place.here)).toEqual([]);
  });
});
