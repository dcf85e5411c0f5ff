import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Dependencies, Servers } from '../../../src/verify/cluster/dependencies.js';
import { readProject } from '../../../src/verify/cluster/project.js';
import { cli, makeProject, scratchFolder } from '../../command-line.js';
import { Passed } from '../../passed.js';
import { requires } from '../../requirements.js';
import { projects, renderInto } from './project.js';
import { privateKey, Repository } from './runner.js';
import { gitleaks, programsOfJobs } from './tools.js';

const choices = {
  framework: 'fastify',
  database: 'postgresql',
  cache: 'redis',
  auth: 'jwt',
  deploy: 'compose',
  ci: 'gitlab',
};
const passed = new Passed(
  'pipelines',
  ['tests/proofs/pipelines'],
  /^(docs|deploy|observability|load)\/|\.md$|^compose\.yaml$/,
);
const folder = scratchFolder('jobs');

const prepare = requires(...programsOfJobs);

afterAll(() => fs.removeSync(folder));

test('the job "alerts" passes, and fails where an alert does not fire', async () => {
  const place = path.join(folder, 'rendered');
  renderInto(place, 'gitlab', projects[0]!);
  const repository = new Repository(place);
  await repository.create();
  const passing = await repository.run('alerts');
  expect(passing.exitCode, passing.all).toBe(0);
  const undo = repository.change(
    'observability/prometheus/rules.yml',
    /expr: up\{.*/,
    'expr: vector(1) == 0',
  );
  const failing = await repository.run('alerts');
  undo();
  expect(failing.exitCode, failing.all).not.toBe(0);
});

test('the hook before a commit refuses a secret, and what the linter refuses', async () => {
  const place = path.join(folder, 'hooked');
  renderInto(place, 'gitlab', projects[0]!);
  const bin = path.join(folder, 'bin');
  const linter = (exitCode: number) =>
    fs.outputFileSync(path.join(bin, 'npm'), `#!/bin/sh\necho "npm $*"\nexit ${exitCode}\n`, { mode: 0o755 });
  const commit = async (file: string, text: string) => {
    fs.writeFileSync(path.join(place, file), text);
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    await execa('git', ['add', file], { cwd: place });
    return execa('git', [...identity, 'commit', '--quiet', '--message', file], {
      cwd: place,
      env: { PATH: [bin, path.dirname(gitleaks), process.env.PATH].join(':') },
      all: true,
      reject: false,
    });
  };
  await new Repository(place).create();
  await execa('git', ['config', 'core.hooksPath', '.githooks'], { cwd: place });
  linter(0);
  const passing = await commit('notes.txt', 'nothing secret');
  expect(passing.exitCode, passing.all).toBe(0);
  expect(passing.all).toContain('npm run lint');
  linter(1);
  expect((await commit('notes.txt', 'not linted')).exitCode).not.toBe(0);
  linter(0);
  const leaking = await commit('key.pem', privateKey());
  expect(leaking.exitCode, leaking.all).not.toBe(0);
  expect(leaking.all).toContain('leaks found');
});

describe('the jobs of a project', () => {
  passed.recordWhenPassed({ choices }, afterAll);
  const open = !passed.has({ choices });
  let repository: Repository;
  let servers: Servers | undefined;
  let dependencies: Dependencies | undefined;

  if (open)
    prepare(async () => {
      const directory = await makeProject(folder, 'shop', choices);
      adaptPipeline(path.join(directory, '.gitlab-ci.yml'));
      repository = new Repository(directory);
      await repository.create();
      const project = readProject(directory);
      servers = await Servers.start(project, folder);
      dependencies = await servers.open(project, 'pipelines');
    });

  afterAll(async () => {
    await dependencies?.close();
    await servers?.close();
  });

  test.runIf(open)('"secrets" passes in a new project', async () => {
    const { exitCode, all } = await repository.run('secrets');
    expect(exitCode, all).toBe(0);
  });

  test.runIf(open)('"test" passes', async () => {
    const variables = Object.entries(dependencies!.env).flatMap(([name, url]) =>
      [`TEST_${name}`, `VERIFY_${name}`].map((key) => [key, url]),
    );
    const { exitCode, all } = await repository.run('test', Object.fromEntries(variables));
    expect(exitCode, all).toBe(0);
  });

  test.runIf(open)('"secrets" finds a secret in an earlier commit', async () => {
    fs.writeFileSync(path.join(repository.folder, 'key.pem'), privateKey());
    await repository.commit('a secret');
    await repository.git('rm', '--quiet', 'key.pem');
    await repository.git('commit', '--quiet', '--message', 'no secret any more');
    const { exitCode, all } = await repository.run('secrets');
    expect(exitCode, all).not.toBe(0);
  });
});

/** Gives the job "test" its services by their addresses, and the package as it stands. */
function adaptPipeline(file: string): void {
  const pipeline = parse(fs.readFileSync(file, 'utf8'));
  delete pipeline.test.services;
  pipeline.test.script = pipeline.test.script
    // Not every mirror of the registry answers audits.
    .filter((line: string) => !line.includes(' audit '))
    .map((line: string) => (line.includes('create-scalable-api') ? `node ${cli} verify --quick` : line));
  fs.writeFileSync(file, stringify(pipeline));
}
