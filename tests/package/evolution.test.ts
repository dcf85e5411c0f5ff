import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { place, quick, type Run, run, snapshot, usePackage } from './fixture.js';

usePackage();

const noInstall = '--no-install';

/** A project in `shop`, in a repository with one commit. */
function makeShop(...flags: string[]): string {
  expect(run(['shop', ...quick, ...flags])).toMatchObject({ code: 0 });
  const shop = path.join(place.here, 'shop');
  execFileSync('git', ['init', '--quiet'], { cwd: shop });
  commit(shop);
  return shop;
}

function commit(folder: string): void {
  const author = ['-c', 'user.name=owner', '-c', 'user.email=owner@example.com'];
  execFileSync('git', ['add', '--all'], { cwd: folder });
  execFileSync('git', [...author, 'commit', '--quiet', '--allow-empty', '--message', 'one'], { cwd: folder });
}

function edit(folder: string, file: string, change: (text: string) => string): void {
  const full = path.join(folder, file);
  fs.writeFileSync(full, change(fs.readFileSync(full, 'utf8')));
}

const files = (folder: string) =>
  Object.fromEntries(Object.entries(snapshot(folder)).filter(([file]) => !file.startsWith('.git/')));

/** Puts the project back to an earlier version, whose first line of a file was another. */
function age(folder: string, file: string): void {
  const probe = `
    import { hash } from 'node:crypto';
    import fs from 'node:fs';
    import zlib from 'node:zlib';
    const text = '// As it was.\\n' + fs.readFileSync(${JSON.stringify(file)}, 'utf8');
    const digest = hash('sha256', text).slice(0, 32);
    const manifest = JSON.parse(fs.readFileSync('.scalable-api.json', 'utf8'));
    manifest.version = '0.0.1';
    manifest.files[${JSON.stringify(file)}] = digest;
    fs.writeFileSync('.scalable-api.json', JSON.stringify(manifest, null, 2) + '\\n');
    fs.writeFileSync(${JSON.stringify(file)}, text);
    const base = fs.readFileSync('.scalable-api/base', 'utf8').split('\\n').map((line) => line.startsWith(${JSON.stringify(`${file}\t`)})
      ? [${JSON.stringify(file)}, digest, zlib.brotliCompressSync(text).toString('base64')].join('\\t') : line);
    fs.writeFileSync('.scalable-api/base', base.join('\\n'));`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', probe], { cwd: folder });
  commit(folder);
}

const inShop = (args: string[]): Run => run(args, { cwd: path.join(place.here, 'shop') });

test('an option is changed, shown before, and taken back', () => {
  const shop = makeShop();
  const before = files(shop);
  const plan = inShop(['add', 'cache=memory', '--dry-run']);
  expect([plan.code, plan.out]).toEqual([
    0,
    expect.stringMatching(
      /^Would change shop: cache=memory\. Nothing was written\.\n[\s\S]*follows\s+src\/config\.ts/,
    ),
  ]);
  expect(files(shop)).toEqual(before);
  const { code, out } = inShop(['add', 'cache=memory', noInstall]);
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/^Changed shop: cache=memory\.[\s\S]*Next:\n {2}npm install\n {2}git diff\n/),
  ]);
  expect(inShop(['check'])).toMatchObject({ code: 0 });
  run(['twin', ...quick, '--name', 'shop', '--cache', 'memory']);
  expect(files(shop)).toMatchObject(
    Object.fromEntries(
      Object.entries(files(path.join(place.here, 'twin'))).filter(([, text]) => text !== 'folder'),
    ),
  );
  expect(inShop(['update', '--undo'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('Took back: cache=memory'),
  });
  expect(files(shop)).toEqual(before);
});

test('an update with a clash exits with 3 until it is resolved', () => {
  const shop = makeShop();
  age(shop, 'src/main.ts');
  expect(inShop(['update', '--check', '--json'])).toMatchObject({ code: 3 });
  edit(shop, 'src/main.ts', (text) => text.replace('As it was', 'As I want it'));
  const dirty = inShop(['update', noInstall]);
  expect([dirty.code, dirty.err]).toEqual([
    2,
    expect.stringMatching(/^src\/main\.ts: has changes that are not committed/),
  ]);
  commit(shop);
  expect(inShop(['update', '--dry-run'])).toMatchObject({ code: 3 });
  const { code, out } = inShop(['update', '--json', noInstall]);
  expect(code).toBe(3);
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    from: '0.0.1',
    written: true,
    files: { clash: ['src/main.ts'] },
    reasons: { 'src/main.ts': '1 place is marked' },
    // Types of the contract are made anew: a merge of texts does not know what an owner has added.
    next: expect.arrayContaining(['create-scalable-api update --continue', 'npm run types', 'git diff']),
  });
  for (const args of [['update'], ['add', 'cache=memory']])
    expect(inShop(args)).toMatchObject({
      code: 2,
      err: expect.stringContaining('src/main.ts: has a clash of the last update'),
    });
  expect(inShop(['update', '--continue'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('still has marks'),
  });
  edit(shop, 'src/main.ts', (text) => text.replace(/^<{7}[\s\S]*^>{7}.*\n/m, '// As I want it.\n'));
  expect(inShop(['update', '--continue'])).toMatchObject({ code: 0 });
  expect(inShop(['update', '--check'])).toMatchObject({ code: 0 });
  const check = inShop(['check', '--json']);
  expect(check.code).toBe(3);
  expect(JSON.parse(check.out).differences).toEqual([{ file: 'src/main.ts', difference: 'changed' }]);
});

test('only changes of files that would be written stand in the way, and none outside of the project', () => {
  const shop = makeShop();
  fs.writeFileSync(path.join(shop, 'mine.txt'), 'mine\n');
  edit(shop, 'src/app.ts', (text) => `${text}// mine\n`);
  expect(inShop(['add', 'ci=gitlab', noInstall])).toMatchObject({ code: 0 });
});

test('a project in a folder of a repository is changed there', () => {
  execFileSync('git', ['init', '--quiet'], { cwd: place.here });
  run(['apps/shop', ...quick]);
  fs.writeFileSync(path.join(place.here, 'README.md'), 'not committed\n');
  const shop = path.join(place.here, 'apps/shop');
  const untracked = run(['add', 'cache=memory', noInstall], { cwd: shop });
  expect([untracked.code, untracked.err]).toEqual([
    2,
    expect.stringMatching(/^package\.json: has changes|^\.env\.example: has changes/m),
  ]);
  commit(place.here);
  fs.writeFileSync(path.join(place.here, 'README.md'), 'changed\n');
  expect(run(['add', 'cache=memory', noInstall], { cwd: shop })).toMatchObject({ code: 0 });
});

test.each([
  [['add', 'cach=memory'], /^cach: is no option; did you mean cache\?/],
  [
    ['add', 'cache=memry'],
    /^cache=memry: possible: .*did you mean memory\?\)\n {2}for example: create-scalable-api add cache=memory/,
  ],
  [['add'], /^no option: give what to change/],
  [['add', 'framework=fastapi'], /^framework=fastapi: is another language/],
  [['add', 'database=sqlite', 'deploy=kubernetes'], /database=sqlite|deploy=kubernetes/],
  [['update', '--check', '--undo'], /do different things/],
  [['update', '--undo'], /nothing to undo/],
  [['update', 'elsewhere'], /elsewhere: has no \.scalable-api\.json/],
])('%o is refused', (args, says) => {
  const shop = makeShop();
  const before = files(shop);
  expect(inShop(args)).toMatchObject({ code: 2, err: expect.stringMatching(says) });
  expect(files(shop)).toEqual(before);
});

test('a project of a later version is refused', () => {
  const shop = makeShop();
  edit(shop, '.scalable-api.json', (text) => text.replace(/"version": "[^"]+"/, '"version": "99.0.0"'));
  expect(inShop(['update'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('is newer than this program'),
  });
});

test('the data of a database is said to stay, before it is changed', () => {
  makeShop();
  expect(inShop(['add', 'database=sqlite', noInstall])).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^The data stays in the old database/),
  });
});

test('rows are said to stay with their owners, before these sign in by another method', () => {
  makeShop(
    '--auth',
    'jwt',
    '--resource',
    'memo(owned): text:string(1,200)',
    '--resource',
    'tag: name:string(1,20)',
  );
  const { code, err } = inShop(['add', 'auth=oidc', '--dry-run']);
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/^Rows of memo stay with the callers of auth=jwt: callers of auth=oidc /),
  ]);
  expect(inShop(['add', 'cache=memory', '--dry-run']).err).toBe('');
});

test.each([
  { args: ['add', 'cache=memory'], step: 17 },
  { args: ['resource', 'review: text:string, productId:ref(product)'], step: 41 },
  { args: ['update'], step: 41 },
])(
  'a run that is killed at any of its writes, or within one, is taken back by the next: $args',
  ({ args, step }) => {
    const shop = makeShop();
    if (args[0] === 'update') for (const file of ['src/main.ts', 'src/app.ts']) age(shop, file);
    edit(shop, 'src/config.ts', (text) => `${text}// mine\n`);
    commit(shop);
    const before = files(shop);
    const killer = path.join(place.here, 'killer.cjs');
    fs.writeFileSync(
      killer,
      `const fs = require('fs');
    let left = Number(process.env.KILL_AT);
    for (const name of ['writeFileSync', 'renameSync', 'rmSync', 'mkdirSync', 'rmdirSync', 'chmodSync']) {
      const real = fs[name];
      fs[name] = (file, ...args) => {
        if (String(file).includes('shop') && (left -= 1) === 0) {
          if (name === 'writeFileSync') real(file, args[0].slice(0, args[0].length / 2), args[1]);
          process.kill(process.pid, 'SIGKILL');
        }
        return real(file, ...args);
      };
    }`,
    );
    let [killed, finished] = [0, 0];
    for (let at = 1; finished === 0; at += at < 12 ? 1 : step) {
      const { signal } = spawnSync(
        process.execPath,
        ['--require', killer, place.cli, ...args, noInstall, '--allow-dirty'],
        { cwd: shop, env: { ...process.env, KILL_AT: String(at) } },
      );
      if (signal === 'SIGKILL') killed += 1;
      else finished += 1;
      // What was interrupted is taken back; what was complete is undone.
      const { code, err } = inShop(['update', '--undo']);
      if (code !== 0) expect(err).toContain('nothing to undo');
      expect(files(shop), `killed at write ${at}`).toEqual(before);
    }
    expect(killed).toBeGreaterThan(11);
  },
);
