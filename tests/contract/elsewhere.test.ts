import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { builderPrograms, ImageBuilder } from '../proofs/image/builder.js';
import { Podman } from '../proofs/image/podman.js';
import { debian, requires, uv } from '../requirements.js';
import { verify } from './projects.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'elsewhere-'));
const place = (name: string) => path.join(folder, name);

const prepare = requires(debian('postgresql', 'redis-server'), uv);
prepare(async () => {
  fs.copySync(path.join(import.meta.dirname, 'elsewhere'), folder);
  for (const name of ['express-todos', 'fastify-notes'])
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund'], { cwd: place(name) });
});

afterAll(() => fs.removeSync(folder));

interface Expected {
  passed: string[];
  failed: string[];
  notApplicable: string[];
}

/** Projects that were not generated: what their `verify.yaml` lets rows find out. */
describe.each<[string, Expected]>([
  [
    // The process ends when the database closes an idle connection, and at once at SIGTERM.
    'express-todos',
    {
      passed: ['MO6', 'MO7', 'PD4', 'HT2'],
      failed: ['GS1', 'DG3', 'SE4'],
      notApplicable: ['SE1', 'CF1', 'HP1', 'HP2', 'CN1', 'TO1', 'AU3', 'CH2', 'IK3'],
    },
  ],
  [
    // Statements go on when the client has gone; each read of a cache that hangs waits anew; each of many at once asks the database;
    // a change while the cache is away, or a slow read, leaves an old item there; the log has the query of each request.
    'fastify-notes',
    {
      passed: ['MO6', 'MO7', 'PD4', 'CF1', 'CN1', 'HP1', 'GS1', 'GS3', 'DG3', 'MX1', 'MX2', 'MX3', 'GR1'],
      failed: ['TO2', 'DG2', 'CH1', 'CH2', 'CH5', 'LG1'],
      notApplicable: ['HP2', 'AU3', 'CH3', 'ID1', 'SE1', 'TR1'],
    },
  ],
  [
    // A setting that is missing is told by a trace.
    'fastapi-books',
    {
      passed: ['MO1', 'MO6', 'MO7', 'PD4', 'HT2', 'GS1', 'GS3'],
      failed: ['CF1'],
      notApplicable: ['HP1', 'DG3', 'TO2', 'GS2', 'CH1'],
    },
  ],
])('%s', (name, { passed, failed, notApplicable }) => {
  test('is started, disturbed and judged', async () => {
    const asked = [...passed, ...failed, ...notApplicable];
    const result = await verify(place(name), ['--only', asked.join(',')]);
    const { code, output } = result;
    const found = {
      passed: result.passed.sort(),
      failed: result.failed.sort(),
      notApplicable: result.notApplicable.sort(),
    };
    expect({ code, ...found }, output).toEqual({
      code: 1,
      passed: passed.sort(),
      failed: failed.sort(),
      notApplicable: notApplicable.sort(),
    });
  });
});

describe('a project that is a container image', () => {
  const images = place('images');
  let programs: string;

  const prepareImages = requires(...builderPrograms, debian('podman', 'runc', 'postgresql', 'redis-server'));
  prepareImages(async () => {
    fs.ensureDirSync(images);
    const builder = await ImageBuilder.create(images);
    const podman = await Podman.create(images, builder.driver);
    await builder.makeBase('node');
    fs.copySync(place('fastify-notes'), place('image'));
    const file = path.join(place('image'), 'verify.yaml');
    const said = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, said.replace(/^start: .*$/m, 'image: localhost/notes:1'));
    fs.writeFileSync(
      path.join(place('image'), 'Dockerfile'),
      `FROM docker.io/library/${builder.imageOf('node')}\nWORKDIR /app\nCOPY . .\nUSER 1000\nCMD ["node", "app.js"]\n`,
    );
    await builder.build('notes:1', place('image'));
    // The program that finds these images, and no other engine.
    programs = place('programs');
    fs.ensureDirSync(programs);
    fs.writeFileSync(path.join(programs, 'podman'), podman.script(), { mode: 0o755 });
    fs.writeFileSync(path.join(programs, 'docker'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  });

  test('is run, signalled, restarted and left without its dependencies', async () => {
    const asked = ['MO6', 'CF1', 'HP1', 'GS1', 'GS3', 'DG3', 'MX1', 'GR1'];
    const env = { PATH: `${programs}:${process.env.PATH}` };
    const { code, passed, output } = await verify(place('image'), ['--only', asked.join(',')], env);
    expect({ code, passed: passed.sort() }, output).toEqual({ code: 0, passed: asked.sort() });
    const left = execFileSync('podman', ['ps', '--all', '--quiet'], { env: { ...process.env, ...env } });
    expect(left.toString()).toBe('');
  }, 600_000);

  test('that no engine can run is told', async () => {
    fs.writeFileSync(path.join(programs, 'podman'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const env = { PATH: `${programs}:${process.env.PATH}` };
    const { code, output } = await verify(place('image'), ['--only', 'MO6'], env);
    expect(code, output).toBe(2);
    expect(output).toContain('localhost/notes:1: is run by docker or podman; neither answers to `info`');
  });
});

test('a process that ends by itself is told once, with what it printed, and goes on for the others', async () => {
  const ending = place('ending');
  fs.copySync(place('express-todos'), ending);
  const file = path.join(ending, 'server.js');
  const code = fs.readFileSync(file, 'utf8');
  // An error that nobody handles.
  const broken = code.replace(
    "if (typeof title !== 'string'",
    "if ([...(title ?? '')].length > 60) setTimeout(() => { throw new Error('no room for titles'); });\n  $&",
  );
  expect(broken).not.toBe(code);
  fs.writeFileSync(file, broken);
  const { failed, passed, notApplicable, output } = await verify(ending, [
    '--only',
    'correctness,lists,VA1,GS3',
  ]);
  expect(output.match(/ended by itself with code 1/g)?.length, output).toBe(1);
  expect(output).toContain('Error: no room for titles');
  expect(output).toMatch(/the process ends by itself as in \w+, for the same cause: /);
  expect(failed.sort()).toEqual(['GS3', 'MO1', 'MO3']);
  expect(passed).toEqual(expect.arrayContaining(['IT1', 'MO8', 'VA1']));
  // The document has no parameter that selects columns.
  expect(notApplicable).toEqual(expect.arrayContaining(['MO4', 'MO7', 'FS3']));
});

test('a command that fails is told with what it printed', async () => {
  const broken = place('broken');
  fs.copySync(place('express-todos'), broken);
  fs.appendFileSync(path.join(broken, 'verify.yaml'), 'build: echo made nothing; exit 3\n');
  const { code, output } = await verify(broken, ['--only', 'GS1']);
  expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('made nothing') });
});
