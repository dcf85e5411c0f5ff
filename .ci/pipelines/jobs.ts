import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { parse, stringify } from 'yaml';
import { Servers } from '../../src/verify/dependencies.js';
import { readProject } from '../../src/verify/manifest.js';
import { Passed } from '../../tests/passed.js';
import type { Tools } from './tools.js';

const cli = path.resolve(import.meta.dirname, '../../dist/cli.js');
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
  ['.ci/pipelines'],
  /^(docs|deploy|observability|load)\/|\.md$|^compose\.yaml$/,
);

/** Runs jobs of GitLab CI in a shell, with the programs and the services that its images would have. */
export async function runJobs(folder: string, tools: Tools): Promise<void> {
  if (passed.has({ choices })) return console.log('the jobs have been run as they are');
  const flags = Object.entries(choices).map(([axis, value]) => `--${axis}=${value}`);
  await execa('node', [cli, 'shop', '--yes', '--no-git', ...flags], { cwd: folder });
  const directory = path.join(folder, 'shop');
  const file = path.join(directory, '.gitlab-ci.yml');
  const pipeline = parse(fs.readFileSync(file, 'utf8'));
  // Services are given by their addresses; not every mirror of the registry answers audits.
  delete pipeline.test.services;
  pipeline.test.script = pipeline.test.script
    .filter((line: string) => !line.includes(' audit '))
    // The package as it stands.
    .map((line: string) => (line.includes('create-scalable-api') ? `node ${cli} verify --quick` : line));
  fs.writeFileSync(file, stringify(pipeline));

  const git = repository(directory);
  await git('init', '--quiet');
  await git('remote', 'add', 'origin', 'git@gitlab.com:team/shop.git');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'first');
  const run = runner(directory, tools);

  const clean = await run('secrets');
  if (clean.exitCode !== 0) throw new Error(`a new project has secrets:\n${clean.all}`);
  const project = readProject(directory);
  const servers = await Servers.start(project, folder);
  const dependencies = await servers.open(project, 'pipelines');
  try {
    const variables = Object.fromEntries(
      Object.entries(dependencies.env).flatMap(([name, url]) =>
        [`TEST_${name}`, `VERIFY_${name}`].map((key) => [key, url]),
      ),
    );
    const tested = await run('test', variables);
    if (tested.exitCode !== 0) throw new Error(`the job "test" fails:\n${tested.all}`);
    console.log('the jobs "secrets" and "test" of a project pass');
  } finally {
    await dependencies.close();
    await servers.close();
  }

  fs.writeFileSync(path.join(directory, 'key.pem'), privateKey());
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'a secret');
  await git('rm', '--quiet', 'key.pem');
  await git('commit', '--quiet', '--message', 'no secret any more');
  const leaked = await run('secrets');
  if (leaked.exitCode === 0) throw new Error(`a secret in an earlier commit is not found:\n${leaked.all}`);
  console.log('a secret in an earlier commit is found');
  passed.record({ choices });
}

/** Runs the job with the rules of alerts of a project, as they are and with one that does not fire. */
export async function runAlerts(directory: string, tools: Tools): Promise<void> {
  const git = repository(directory);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'first');
  const run = runner(directory, tools);
  const passing = await run('alerts');
  if (passing.exitCode !== 0) throw new Error(`the job "alerts" fails:\n${passing.all}`);
  const rules = path.join(directory, 'observability/prometheus/rules.yml');
  const text = fs.readFileSync(rules, 'utf8');
  fs.writeFileSync(rules, text.replace(/expr: up\{.*/, 'expr: vector(1) == 0'));
  const failing = await run('alerts');
  fs.writeFileSync(rules, text);
  if (failing.exitCode === 0)
    throw new Error(`the job "alerts" does not see an alert that never fires:\n${failing.all}`);
  console.log('the job "alerts" of a project passes, and fails where an alert does not fire');
}

const repository =
  (cwd: string) =>
  (...args: string[]) =>
    execa('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd });

/** Runs a job of the project in that folder, which is a repository. */
const runner =
  (cwd: string, tools: Tools) =>
  (job: string, variables: Record<string, string> = {}) => {
    const bin = path.join(tools.npm, 'node_modules/.bin');
    const given = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
    return execa(
      path.join(bin, 'gitlab-ci-local'),
      ['--force-shell-executor', '--state-dir=../state', ...given, job],
      {
        cwd,
        env: { PATH: [path.dirname(tools.gitleaks), tools.prometheus, bin, process.env.PATH].join(':') },
        all: true,
        reject: false,
      },
    );
  };

/** In pieces, so that nobody takes it for one that leaked from here. */
function privateKey(): string {
  const line = 'MC4CAQAwBQYDK2VwBCIEIKmKqA3mB8pFv0n8wT1yXoq5VdZsLr2Jc7UuHhGf9aEj';
  return (
    ['-----BEGIN', 'PRIVATE', 'KEY-----'].join(' ') +
    `\n${line}\n${line}\n` +
    ['-----END', 'PRIVATE', 'KEY-----'].join(' ') +
    '\n'
  );
}
