import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { possibleValues } from '../../../src/answers/judge.js';
import { resolvedWith } from '../../../src/answers/resolve.js';
import { catalogOf } from '../../../src/catalog/compile.js';
import { render } from '../../../src/render/render.js';
import { scratchFolder } from '../../command-line.js';
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

const judge = (name: string, args: string[], cwd: string) =>
  execa(path.join(python, name), args, { cwd, all: true, reject: false });

const checkov = (place: string) =>
  judge(
    'checkov',
    ['--directory', '.', '--config-file', path.join(import.meta.dirname, 'checkov.yaml')],
    place,
  );

const zizmor = (place: string) => {
  const config = path.join(import.meta.dirname, 'zizmor.yml');
  return judge('zizmor', ['--offline', '--no-progress', '--config', config, '.github'], place);
};

describe.each(projects)('$deploy', ({ deploy, choices }) => {
  passed.recordWhenPassed({ choices }, afterAll);
  const open = !passed.has({ choices });

  test.runIf(open).each([
    ['checkov', checkov],
    ['zizmor', zizmor],
  ])('%s accepts its files', async (_, judged) => {
    const { exitCode, all } = await judged(path.join(folder, deploy));
    expect(exitCode, all).toBe(0);
  });
});

test('checkov and zizmor find what is wrong', async () => {
  const place = path.join(folder, 'wrong');
  fs.outputFileSync(path.join(place, 'Dockerfile'), 'FROM debian:latest\nRUN true\n');
  fs.outputFileSync(
    path.join(place, '.github/workflows/ci.yml'),
    'on: pull_request_target\njobs: { a: { runs-on: ubuntu-latest, steps: [{ uses: actions/checkout@v4 }] } }\n',
  );
  for (const judged of [await checkov(place), await zizmor(place)])
    expect(judged.exitCode, judged.all).not.toBe(0);
});
