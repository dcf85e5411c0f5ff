import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { manifestPath } from '../../../src/answers/manifest.js';
import { basePath } from '../../../src/evolution/base.js';
import { changeTo, earlierProject, put, removeProjects, rendering, textAt } from './project.js';

afterEach(removeProjects);

const main = 'src/main.ts';
const older = { [main]: (text: string) => `// older\n${text}` };
const now = () => rendering({}).get(main)!.text;
const manifestOf = (root: string) => JSON.parse(textAt(root, manifestPath)!);
const stepsOf = async (root: string) =>
  (await changeTo(root)).steps.map(({ at, outcome, because = '' }) => [at, outcome, because]);

describe('what is in the place of a file stays, and is named', () => {
  test.each([
    ['a folder', 'is a folder', (full: string) => fs.mkdirSync(full)],
    [
      'bytes that are no text',
      'is not text',
      (full: string) => fs.writeFileSync(full, Buffer.from([0xff, 0xfe])),
    ],
    ['a huge file', 'is larger than 8 MB', (full: string) => fs.writeFileSync(full, 'x'.repeat(8_000_001))],
  ])('%s', async (_, because, place) => {
    const root = await earlierProject(older);
    const full = path.join(root, main);
    fs.rmSync(full);
    place(full);
    const before = fs.statSync(full);
    expect(await stepsOf(root)).toEqual([[main, 'kept', because]]);
    expect(fs.statSync(full)).toMatchObject({ ino: before.ino, size: before.size, mtimeMs: before.mtimeMs });
  });

  test.each([
    ['a repository of its own', 'src is a repository of its own', () => 'src/.git/HEAD'],
    ['a file in the place of its folder', 'src is a file', undefined],
  ])('%s', async (_, because, inside) => {
    const root = await earlierProject(older);
    if (inside) put(root, inside(), 'ref: refs/heads/main\n');
    else {
      fs.rmSync(path.join(root, 'src'), { recursive: true });
      put(root, 'src', 'mine\n');
    }
    const before = inside ? textAt(root, main) : 'mine\n';
    expect(await stepsOf(root)).toEqual([[main, 'kept', because]]);
    expect(textAt(root, inside ? main : 'src')).toBe(before);
  });
});

describe('the base', () => {
  const line = (text: string) => zlib.brotliCompressSync(text).toString('base64');
  const withLine = (root: string, change: (line: string) => string) =>
    put(root, basePath, textAt(root, basePath)!.replace(/^src\/main\.ts\t.*$/m, change));

  test('with another text than its hash says is not merged against', async () => {
    const root = await earlierProject(older);
    withLine(root, (was) => was.replace(/[^\t]*$/, line('another\n')));
    put(root, main, `${textAt(root, main)}// mine\n`);
    expect(await stepsOf(root)).toEqual([[main, 'clash', expect.stringContaining('is not known')]]);
    expect(textAt(root, main)).toMatch(/^\/\/ older\n[\s\S]*\/\/ mine\n$/);
  });

  test('that was checked out with CRLF, and has other lines after a merge of two branches, is one', async () => {
    const root = await earlierProject(older);
    withLine(root, (was) => `<<<<<<< ours\n${was}\n=======\nsrc/main.ts\t0\t0\n>>>>>>> theirs`);
    put(root, basePath, textAt(root, basePath)!.replaceAll('\n', '\r\n'));
    put(root, main, `${textAt(root, main)}// mine\n`);
    expect(await stepsOf(root)).toEqual([[main, 'merged', '']]);
    expect(textAt(root, main)).toBe(`${now()}// mine\n`);
    expect(textAt(root, basePath)).not.toMatch(/\r|<<<|===|>>>/);
  });

  test('keeps the lines of files that have not changed, however they were packed', async () => {
    const root = await earlierProject(older);
    const text = rendering({}).get('README.md')!.text;
    const [hash] = manifestOf(root).files['README.md'].split(' ');
    const packed = `README.md\t${hash}\t${line(text)}`;
    put(root, basePath, textAt(root, basePath)!.replace(/^README\.md\t.*$/m, packed));
    await changeTo(root);
    expect(textAt(root, basePath)).toContain(`\n${packed}\n`);
  });

  test('is sorted by path, so that two branches merge', async () => {
    const root = await earlierProject(older);
    await changeTo(root, { cache: 'memory' });
    const paths = textAt(root, basePath)!
      .split('\n')
      .slice(0, -1)
      .map((each) => each.split('\t')[0]!);
    expect(paths).toEqual([...paths].sort());
    expect(paths).toEqual(Object.keys(manifestOf(root).files).sort());
  });
});

describe('a file that is gone', () => {
  test('is not taken for one of two copies of it', async () => {
    const root = await earlierProject(older);
    for (const copy of ['src/one.ts', 'src/two.ts'])
      fs.copyFileSync(path.join(root, main), path.join(root, copy));
    fs.rmSync(path.join(root, main));
    expect(await stepsOf(root)).toEqual([[main, 'kept', 'you have deleted it']]);
    expect(['src/one.ts', 'src/two.ts'].map((copy) => textAt(root, copy)!.startsWith('// older\n'))).toEqual([
      true,
      true,
    ]);
  });

  test('is no longer known to be elsewhere when it is not generated any more', async () => {
    const root = await earlierProject({ 'src/old.ts': () => 'one\ntwo\nthree\n' });
    const manifest = manifestOf(root);
    put(root, 'src/mine.ts', textAt(root, 'src/old.ts')!);
    fs.rmSync(path.join(root, 'src/old.ts'));
    put(root, manifestPath, JSON.stringify({ ...manifest, moved: { 'src/old.ts': 'src/mine.ts' } }));
    expect(await stepsOf(root)).toEqual([['src/mine.ts', 'deleted', '']]);
    expect(manifestOf(root).moved).toBeUndefined();
  });
});

test.runIf(process.platform !== 'win32')(
  'rights of a file that its owner has taken from others stay',
  async () => {
    const root = await earlierProject(older);
    fs.chmodSync(path.join(root, main), 0o600);
    await changeTo(root);
    expect(fs.statSync(path.join(root, main)).mode & 0o777).toBe(0o600);
  },
);

test('packages are not installed where the file that names them has a clash', async () => {
  const pinned = (version: string) => (text: string) => text.replace(/("pg": ")[^"]+/, `$1${version}`);
  const root = await earlierProject({ 'package.json': pinned('1.0.0') });
  put(root, 'package.json', pinned('0.5.0')(textAt(root, 'package.json')!));
  const { steps, installation } = await changeTo(root);
  expect([steps.map(({ outcome }) => outcome), installation]).toEqual([['clash'], undefined]);
  const clean = await earlierProject({ 'package.json': pinned('1.0.0') });
  expect((await changeTo(clean)).installation).toMatchObject({ command: 'npm install' });
});
