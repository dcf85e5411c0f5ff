import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { possibleValues } from '../../../src/answers/judge.js';
import { resolvedWith } from '../../../src/answers/resolve.js';
import { catalogOf } from '../../../src/catalog/compile.js';
import { render } from '../../../src/render/render.js';
import { cli, makeProject, scratchFolder } from '../../command-line.js';
import { Passed } from '../../passed.js';
import { requires, uv } from '../../requirements.js';
import { fromPyPi, python } from './tools.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../../templates'));
const shared = { framework: 'fastapi', database: 'postgresql', cache: 'redis', auth: 'jwt', queue: 'none' };
const projects = possibleValues(catalog, 'deploy', shared)
  .filter(({ name }) => name !== 'none')
  .map(({ name }) => ({ deploy: name, choices: { ...shared, loadTest: 'k6', deploy: name, ci: 'github' } }));
const passed = new Passed('artifacts', ['tests/proofs/artifacts'], /^(?!deploy\/|\.github\/|Dockerfile)/);
const folder = scratchFolder('artifacts');

requires(uv, fromPyPi);

beforeAll(() => {
  for (const { deploy, choices } of projects)
    for (const [file, { text }] of render(resolvedWith(catalog, choices), '0.0.0'))
      fs.outputFileSync(path.join(folder, deploy, file), text);
});

afterAll(() => fs.removeSync(folder));

const here = import.meta.dirname;

const judge = (name: string, args: string[], cwd: string) =>
  execa(path.join(python, name), args, { cwd, all: true, reject: false });

const checkov = (place: string) =>
  judge('checkov', ['--directory', '.', '--config-file', path.join(here, 'checkov.yaml')], place);

const zizmor = (place: string) => {
  const config = path.join(here, 'zizmor.yml');
  return judge('zizmor', ['--offline', '--no-progress', '--config', config, '.github'], place);
};

const hadolint = (place: string) =>
  judge('hadolint', ['--config', path.join(here, 'hadolint.yaml'), 'Dockerfile'], place);

const gixy = (place: string) =>
  judge('gixy', ['--config', path.join(here, 'gixy.cfg'), 'deploy/nginx.conf'], place);

const squawk = (place: string) => {
  const files = fs.readdirSync(path.join(place, 'migrations')).map((name) => `migrations/${name}`);
  return judge('squawk', ['--config', path.join(here, 'squawk.toml'), '--reporter', 'gcc', ...files], place);
};

describe.each(projects)('$deploy', ({ deploy, choices }) => {
  passed.recordWhenPassed({ choices }, afterAll);
  const open = !passed.has({ choices });

  test.runIf(open).each([
    ['checkov', checkov],
    ['zizmor', zizmor],
    ['hadolint', hadolint],
  ])('%s accepts its files', async (_, judged) => {
    const { exitCode, all } = await judged(path.join(folder, deploy));
    expect(exitCode, all).toBe(0);
  });
});

test('gixy accepts the balancer', async () => {
  const { exitCode, all } = await gixy(path.join(folder, 'compose'));
  expect(exitCode, all).toBe(0);
});

test('squawk accepts migrations, also those of changes', async () => {
  const place = await makeProject(folder, 'migrated', { ...shared, framework: 'fastify', queue: 'redis' });
  const changes = [
    "+sku:string=''",
    '-description',
    'name:string(1,200)+',
    'price=amount',
    '+size:integer?+',
  ];
  await execa('node', [cli, 'resource', 'product', ...changes, '--no-install'], { cwd: place });
  await execa('node', [cli, 'resource', 'order: total:decimal!, productId:ref(product)', '--no-install'], {
    cwd: place,
  });
  const { exitCode, all } = await squawk(place);
  expect(exitCode, all).toBe(0);
});

test('each judge finds what is wrong', async () => {
  const place = path.join(folder, 'wrong');
  const wrong = {
    Dockerfile: 'FROM debian:latest\nRUN cd /tmp && sudo true\n',
    '.github/workflows/ci.yml':
      'on: pull_request_target\njobs: { a: { runs-on: ubuntu-latest, steps: [{ uses: actions/checkout@v4 }] } }\n',
    'deploy/nginx.conf': 'http { server { location / { return 302 https://a.example$uri; } } }\n',
    'migrations/0001.sql': 'alter table "a" alter column "b" type bigint;\n',
  };
  for (const [file, text] of Object.entries(wrong)) fs.outputFileSync(path.join(place, file), text);
  for (const judged of [checkov, zizmor, hadolint, gixy, squawk]) {
    const { exitCode, all } = await judged(place);
    expect([judged.name, exitCode], all).not.toEqual([judged.name, 0]);
  }
});
