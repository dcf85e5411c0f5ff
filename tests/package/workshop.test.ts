import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fake, place, quick, refused, run, snapshot, terminal, usePackage } from './fixture.js';

usePackage();

const made = ['workshop', 'room', '--yes', '--no-install'];
const room = () => path.join(place.here, 'room');
/** A step as a learner runs it: by the program that the workshop brings along. */
const step = (...args: string[]) => run(['workshop', 'exercise', ...args], { cwd: room() });
const read = (file: string) => fs.readFileSync(path.join(room(), file), 'utf8');

describe('workshop', () => {
  test('makes a project with few files, its exercises and no repository', () => {
    const { code, out, err } = run([...made, '--framework', 'express', '--json']);
    expect(code, err).toBe(0);
    const { ok, files, exercises, command, next } = JSON.parse(out);
    expect({ ok, command, next }).toEqual({
      ok: true,
      command: 'npx create-scalable-api workshop room --framework express',
      next: ['cd room', 'npm install', 'node exercise.mjs list'],
    });
    expect(exercises).toBeGreaterThanOrEqual(24);
    expect(
      Object.keys(snapshot(room()))
        .filter((file) => files.includes(file))
        .sort(),
    ).toEqual(files.sort());
    for (const absent of ['.git', 'Dockerfile', 'observability', 'README.md'])
      expect(fs.existsSync(path.join(room(), absent))).toBe(false);
  });

  test('asks for the framework alone', async () => {
    const { child, ended, output } = terminal(['workshop', 'room', '--no-install']);
    await expect.poll(output, { timeout: 60_000 }).toContain('Framework');
    child.write('\r');
    await expect.poll(output, { timeout: 60_000 }).toContain('Create the project?');
    child.write('\r');
    expect(await ended).toBe(0);
    expect(read('WORKSHOP.md')).toContain('# Workshop');
  });

  test('refuses what is wrong with the call, at once', () => {
    const { err } = refused(
      ['workshop', 'room', '--framework', 'rails', '--database', 'sqlite', ...quick.slice(0, 1)],
      2,
      /--database/,
    );
    expect(err).toContain('rails');
    refused(['workshop', '--no-install'], 2, /missing: a directory, --framework/);
    refused(['workshop', 'archive', '.'], 2, /has no \.scalable-api\.json/);
    refused(['workshop', 'exercise', 'list'], 2, /go to the folder of a workshop/);
  });

  test('writes nothing in a dry run', () => {
    const { code, out } = run(['workshop', 'room', '--yes', '--dry-run']);
    expect([code, fs.existsSync(room())]).toEqual([0, false]);
    expect(out).toContain('Nothing was written');
  });
});

describe('an exercise', () => {
  test('is planted, hinted at, and put back', () => {
    run(made);
    const before = snapshot(room());
    expect(step('start', '6').out).toContain('node exercise.mjs check');
    const changed = Object.entries(snapshot(room())).filter(([file, text]) => before[file] !== text);
    const files = changed.map(([file]) => file).filter((file) => !file.startsWith('.workshop'));
    expect(files).toEqual(['src/database/idempotency.ts']);
    expect(step('start', '7')).toMatchObject({ code: 2, err: expect.stringContaining('is open') });
    const hints = [1, 2, 3, 4].map(() => step('hint').out);
    expect(hints[0]).toContain('Hint 1 of 3');
    expect(hints[3]).toContain('no more hints');
    const { diff } = JSON.parse(step('solution', '--json').out);
    expect(diff).toMatch(/\n\+ {4}`idempotency:[^\n]+key\}`,\n/);
    expect(step('solution', '--apply').out).not.toContain('kept');
    const after = snapshot(room());
    expect(after['.workshop/state.json']).toBeDefined();
    expect({ ...after, '.workshop/state.json': undefined }).toEqual(before);
  });

  test('never takes the work of a learner away', () => {
    run(made);
    const file = 'src/writes.ts';
    const generated = read(file);
    // Elsewhere in the file: planted around it.
    const commented = `// mine\n${generated}`;
    fs.writeFileSync(path.join(room(), file), commented);
    expect(step('start', 'ordered-twice').code).toBe(0);
    expect(read(file).startsWith('// mine')).toBe(true);
    fs.writeFileSync(path.join(room(), file), 'an attempt');
    expect(step('solution', '--apply').out).toContain('kept');
    expect(read('.workshop/mine/ordered-twice-1/src/writes.ts')).toBe('an attempt');
    expect(read(file)).toBe(commented);
    // Where the fault begins: refused, and possible from the generated file.
    fs.writeFileSync(path.join(room(), file), 'of my own');
    expect(step('start', 'ordered-twice')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--restore'),
    });
    expect(read(file)).toBe('of my own');
    expect(step('start', 'ordered-twice', '--restore').out).toContain('kept');
    expect(read('.workshop/mine/ordered-twice-2/src/writes.ts')).toBe('of my own');
    step('solution', '--apply');
    expect(read(file)).toBe(generated);
  });

  test('refuses a step that does not exist, and options of others', () => {
    run(made);
    for (const [args, says] of [
      [['strat', '1'], /did you mean start/],
      [['start'], /needs the number/],
      [['start', '99'], /there are 1 to/],
      [['hint', '1'], /takes no argument/],
      [['check', '--apply'], /is no option of check/],
      [['check'], /no exercise: is open/],
      [['list', '--now'], /is not an option/],
    ] as const) {
      const { code, err } = step(...args);
      expect([args, code]).toEqual([args, 2]);
      expect(err).toMatch(says);
    }
  });
});

test('an archive has the project, and a cache for each system', () => {
  run(made);
  expect(run(['workshop', 'archive', 'room'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('run npm install'),
  });
  fs.mkdirSync(path.join(room(), 'node_modules'));
  fs.writeFileSync(path.join(room(), 'package-lock.json'), '{}');
  step('start', '1');
  expect(run(['workshop', 'archive', 'room'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('"missing-rows": is open'),
  });
  step('solution', '--apply');
  const npm = fake('npm', 'mkdir -p .workshop/cache node_modules && echo "$@" >> .workshop/cache/calls');
  const { code, out, err } = run(['workshop', 'archive', 'room', '--json'], { env: npm });
  expect(code, err).toBe(0);
  const { file, install, systems } = JSON.parse(out);
  expect({ file, install }).toEqual({
    file: `${room()}.tar.gz`,
    install: 'npm ci --offline --no-audit --no-fund --cache .workshop/cache',
  });
  expect(systems).toContain('Windows');
  fs.renameSync(room(), `${room()}-before`);
  expect(
    run(['workshop', 'archive', 'room-before'], { env: fake('npm', 'echo no network; exit 1') }),
  ).toMatchObject({
    code: 1,
    err: expect.stringContaining('no network'),
  });
  execFileSync('tar', ['-xf', file], { cwd: place.here });
  const there = snapshot(room());
  expect(there['.workshop/cache/calls']).toContain('--os win32 --cpu x64');
  expect(there['package-lock.json']).toBe('{}');
  for (const absent of ['node_modules', '.workshop/state.json']) expect(there[absent]).toBeUndefined();
});
