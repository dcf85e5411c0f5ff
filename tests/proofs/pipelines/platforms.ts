import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { parse } from 'yaml';
import { actionlint, gitlabCiLocal, gitleaks, npmPrograms } from './tools.js';

/** @throws Error with what the program printed */
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

/** actionlint on the workflows, gitleaks on the project, and shellcheck on the scripts that pipelines and Terraform call. */
export async function judgeGithub(cwd: string): Promise<void> {
  const workflows = fs
    .readdirSync(path.join(cwd, '.github/workflows'))
    .map((name) => `.github/workflows/${name}`);
  await judge(actionlint, ['-shellcheck=shellcheck', ...workflows], { cwd });
  const scripts = ['deploy', '.ci'].flatMap((folder) => shellScripts(path.join(cwd, folder)));
  await judge('shellcheck', scripts);
  await judge(gitleaks, ['dir', '--no-banner', '--redact', '.'], { cwd });
}

function shellScripts(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => fs.statSync(file).isFile() && fs.readFileSync(file, 'utf8').startsWith('#!/bin/sh'));
}

/** gitlab-ci-local reads the pipeline; shellcheck judges each job. */
export async function judgeGitlab(cwd: string): Promise<void> {
  await judge('git', ['init', '--quiet'], { cwd });
  await judge('git', ['remote', 'add', 'origin', 'git@gitlab.com:team/shop.git'], { cwd });
  await judge(gitlabCiLocal, ['--list'], { cwd, env: { PATH: `${npmPrograms}:${process.env.PATH}` } });
  const jobs: Record<string, { before_script?: string[]; script?: string[] }> = parse(
    fs.readFileSync(path.join(cwd, '.gitlab-ci.yml'), 'utf8'),
  );
  for (const { before_script = [], script } of Object.values(jobs))
    if (script) await judgeShell([...before_script, ...script].join('\n'));
  judgeRenovate(cwd, '.gitlab-ci.yml', / (aquasec\/[a-z]+):/g);
  judgeRenovate(cwd, 'docs/load-tests.md', / ([a-z]+\/[a-z0-9]+):\d/g);
}

/** The Groovy of Jenkins runs each Jenkinsfile as far as its steps; shellcheck judges those. */
export async function judgeJenkins(cwd: string): Promise<void> {
  const java = fs.realpathSync((await execa('which', ['java'])).stdout);
  for (const file of ['Jenkinsfile', 'update.Jenkinsfile']) {
    const steps = await judge(
      'groovy',
      [path.join(import.meta.dirname, 'declarative.groovy'), path.join(cwd, file)],
      {
        env: {
          JAVA_HOME: path.dirname(path.dirname(java)),
          JAVA_OPTS: ['lang', 'util']
            .map((name) => `--add-opens java.base/java.${name}=ALL-UNNAMED`)
            .join(' '),
        },
      },
    );
    for (const script of steps.split('\0')) await judgeShell(script);
  }
  judgeRenovate(cwd, 'Jenkinsfile', /([a-z][a-z./-]*[a-z0-9]):v?\d+\.\d/g);
}

/** The expressions of renovate.json find the images that a file names. @throws Error with those that they miss */
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
