import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';
import { everyType, everyValue, oddNames, ofTenants, order, owned } from '../odd-resources.js';
import { uv } from '../requirements.js';

const root = path.resolve(import.meta.dirname, '../..');
const biome = path.join(root, 'node_modules/.bin/biome');
const catalog = catalogOf(path.join(root, 'templates'));
/** Names of all lengths: code is broken over lines where a name is long. */
const lengths = Array.from({ length: 12 }, (_, turn) => 3 + 4 * turn).map(
  (length) => `x${'y'.repeat(length - 1)}: amount:integer+, label:string(1,80)`,
);
const specs = [order, everyType, everyValue, ...oddNames, ...lengths];
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) fs.removeSync(folder);
});

const values = (framework: string) =>
  ['postgresql', 'sqlite'].flatMap((database) =>
    [
      { cache: 'redis', auth: 'jwt' },
      { cache: 'memory', auth: 'none' },
    ].map((rest) => ({ framework, database, ...rest })),
  );

/** Each deploy target, pipeline and load test tool at least once. */
const surroundings = catalog.values('deploy').map(({ name: deploy }, place) => {
  const turn = (axis: 'ci' | 'loadTest') => {
    const all = catalog.values(axis);
    return all[place % all.length]!.name;
  };
  return { framework: 'fastify', deploy, ci: turn('ci'), loadTest: turn('loadTest') };
});

/** Writes a project. @returns its folder, which ends with the test */
function written(choices: Parameters<typeof resolvedWith>[1]): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'format-'));
  folders.push(folder);
  for (const [file, { text }] of render(resolvedWith(catalog, choices), '1.0.0'))
    fs.outputFileSync(path.join(folder, file), text);
  return folder;
}

/** Runs a program in a folder, and shows what it printed if it fails. */
function expectClean(cwd: string, program: string, args: string[]): void {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', env });
  expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
}

test.each([...['fastify', 'express'].flatMap(values), ...surroundings])(
  'a project of %o is clean under its own linter and formatter',
  (choices) => {
    const auth = 'auth' in choices ? choices.auth : undefined;
    const resources = auth === 'none' ? specs : [...specs, ...owned, ...ofTenants];
    expectClean(written({ ...choices, resources }), biome, ['check', '--error-on-warnings', '.']);
  },
);

describe('a project of Python is clean under its own linter and formatter', () => {
  const ruff = /^ruff==.*$/m.exec(
    fs.readFileSync(path.join(root, 'templates/versions/requirements.txt'), 'utf8'),
  )![0];

  beforeAll(() => uv.provide(), 300_000);

  test.each(
    [...values('fastapi'), { framework: 'fastapi', queue: 'redis', auth: 'jwt' }].flatMap((choices) => [
      choices,
      { ...choices, resources: choices.auth === 'none' ? specs : [...specs, ...owned, ...ofTenants] },
    ]),
  )('%o', (choices) => {
    const folder = written(choices);
    for (const args of [['check'], ['format', '--check', '--diff']])
      expectClean(folder, 'uv', ['tool', 'run', '--from', ruff, 'ruff', ...args, '--no-cache']);
  });
});
