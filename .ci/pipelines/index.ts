// The tools of each platform judge the pipelines of projects, and jobs of GitLab CI are run: npx tsx .ci/pipelines/index.ts
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { parse } from 'yaml';
import { resolvedWith } from '../../src/answers/resolve.js';
import { possibleValues } from '../../src/check.js';
import { render } from '../../src/render.js';
import { catalogOf } from '../../src/templates.js';
import { withTarget } from '../../tests/matrix/made-up-target.js';
import { runAlerts, runJobs } from './jobs.js';
import { installTools, type Tools } from './tools.js';

const catalog = withTarget(catalogOf(path.resolve(import.meta.dirname, '../../templates')));
const shared = { database: 'postgresql', cache: 'redis', auth: 'jwt', queue: 'none' };

/** Each package manager and load tool with the made-up target, and one with each real one. */
const projects = [
  ...['fastify npm k6', 'fastify pnpm artillery', 'express yarn locust', 'fastapi uv locust'].map(
    (values) => `${values} none`,
  ),
  ...possibleValues(catalog, 'deploy', { framework: 'fastify', ...shared })
    .filter(({ name }) => name !== 'none')
    .map(({ name }) => `fastify npm k6 ${name}`),
].map((values) => {
  const [framework, packageManager, loadTool, deploy] = values.split(' ');
  return { framework: framework!, packageManager: packageManager!, loadTool: loadTool!, deploy: deploy! };
});

async function judge(command: string, args: string[], options: object = {}): Promise<string> {
  const { exitCode, all, stdout } = await execa(command, args, { all: true, reject: false, ...options });
  if (exitCode !== 0) throw new Error(`${path.basename(command)} ${args.join(' ')}\n${all}`);
  return stdout;
}

/** Lines that a POSIX shell runs. */
async function judgeShell(lines: string): Promise<void> {
  // Variables come from the platform.
  await judge('shellcheck', ['--shell=sh', '--exclude=SC2154', '-'], { input: `set -e\n${lines}\n` });
}

/** What pipelines and Terraform call. */
function shellScripts(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => fs.statSync(file).isFile() && fs.readFileSync(file, 'utf8').startsWith('#!/bin/sh'));
}

async function write(folder: string, ci: string, project: (typeof projects)[number]): Promise<void> {
  const resolved = resolvedWith(catalog, { ...shared, ...project, ci });
  for (const [file, { text }] of render(resolved, '1.0.0')) fs.outputFileSync(path.join(folder, file), text);
}

/** Whether the expressions of renovate.json find the images that a pipeline names. */
function judgeRenovate(folder: string, file: string, images: RegExp): void {
  const { customManagers } = fs.readJsonSync(path.join(folder, 'renovate.json'));
  const text = fs.readFileSync(path.join(folder, file), 'utf8');
  const found = customManagers.flatMap(({ matchStrings }: { matchStrings: string[] }) =>
    matchStrings.flatMap((pattern) =>
      [...text.matchAll(new RegExp(pattern, 'g'))].map(({ groups }) => groups!.depName),
    ),
  );
  const named = [...text.matchAll(images)].map(([, name]) => name);
  const missed = named.filter((name) => !found.includes(name));
  if (named.length === 0 || missed.length > 0)
    throw new Error(`renovate.json misses in ${file}: ${missed.join(', ') || 'all'}`);
}

async function judgePipelines(folder: string, tools: Tools): Promise<void> {
  const javaHome = path.dirname(path.dirname(fs.realpathSync((await execa('which', ['java'])).stdout)));
  const opens = ['lang', 'util'].map((name) => `--add-opens java.base/java.${name}=ALL-UNNAMED`).join(' ');
  const gitlabCi = path.join(tools.npm, 'node_modules/.bin/gitlab-ci-local');
  const path24 = `${path.join(tools.npm, 'node_modules/.bin')}:${process.env.PATH}`;
  for (const project of projects) {
    const name = Object.values(project).join('-');
    const place = (ci: string) => path.join(folder, name, ci);
    for (const ci of ['github', 'gitlab', 'jenkins']) await write(place(ci), ci, project);

    await judge(tools.actionlint, ['-shellcheck=shellcheck', '.github/workflows/ci.yml'], {
      cwd: place('github'),
    });

    const scripts = shellScripts(path.join(place('github'), 'deploy'));
    if (scripts.length > 0) await judge('shellcheck', scripts);
    await judge(tools.gitleaks, ['dir', '--no-banner', '--redact', '.'], { cwd: place('github') });

    await judge('git', ['init', '--quiet'], { cwd: place('gitlab') });
    await judge('git', ['remote', 'add', 'origin', 'git@gitlab.com:team/shop.git'], { cwd: place('gitlab') });
    await judge(gitlabCi, ['--list'], { cwd: place('gitlab'), env: { PATH: path24 } });
    const jobs = parse(fs.readFileSync(path.join(place('gitlab'), '.gitlab-ci.yml'), 'utf8'));
    for (const { before_script = [], script } of Object.values<{
      before_script?: string[];
      script?: string[];
    }>(jobs))
      if (script) await judgeShell([...before_script, ...script].join('\n'));
    judgeRenovate(place('gitlab'), '.gitlab-ci.yml', / (aquasec\/[a-z]+):/g);
    judgeRenovate(place('gitlab'), 'docs/load-tests.md', / ([a-z]+\/[a-z0-9]+):\d/g);

    const steps = await judge(
      'groovy',
      ['.ci/pipelines/declarative.groovy', path.join(place('jenkins'), 'Jenkinsfile')],
      {
        env: { JAVA_HOME: javaHome, JAVA_OPTS: opens },
      },
    );
    for (const script of steps.split('\0')) await judgeShell(script);
    judgeRenovate(place('jenkins'), 'Jenkinsfile', /([a-z][a-z./-]*[a-z0-9]):v?\d+\.\d/g);
    console.log(
      `${name}: actionlint, gitleaks, gitlab-ci-local, groovy and shellcheck have nothing against it`,
    );
  }
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ci-pipelines-'));
fs.chmodSync(folder, 0o755);
try {
  const tools = await installTools(folder);
  await judgePipelines(folder, tools);
  await runAlerts(path.join(folder, Object.values(projects[0]!).join('-'), 'gitlab'), tools);
  await runJobs(folder, tools);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  fs.removeSync(folder);
}
