import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { debian, type Requirement } from '../../requirements.js';
import { prometheusPackage } from '../prometheus-package.js';

const cache = path.join(os.homedir(), '.cache');
const images = fs.readFileSync(
  path.resolve(import.meta.dirname, '../../../templates/versions/Dockerfile'),
  'utf8',
);
/** In the version that projects name. */
const [, gitleaksVersion] = /^FROM ghcr\.io\/gitleaks\/gitleaks:(v[\d.]+)/m.exec(images)!;

const modules = {
  actionlint: 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12',
  gitleaks: `github.com/zricethezav/gitleaks/v8@${gitleaksVersion}`,
};
const npm = path.join(cache, 'ci-npm-pipelines');

export const actionlint = goProgram('actionlint');
export const gitleaks = goProgram('gitleaks');
/** Node.js 24 and gitlab-ci-local. */
export const npmPrograms = path.join(npm, 'node_modules/.bin');
export const gitlabCiLocal = path.join(npmPrograms, 'gitlab-ci-local');

function goProgram(name: keyof typeof modules): string {
  const [, version] = modules[name].split('@');
  return path.join(cache, 'ci-go', `${name}-${version}`, name);
}

function built(name: keyof typeof modules): Requirement {
  const program = goProgram(name);
  return {
    name: `${name} (Go)`,
    async provide() {
      if (fs.existsSync(program)) return;
      await execa('go', ['install', modules[name]], { env: { GOBIN: path.dirname(program) } });
    },
  };
}

const fromNpm: Requirement = {
  name: 'gitlab-ci-local (npm)',
  async provide() {
    fs.outputJsonSync(path.join(npm, 'package.json'), { private: true });
    const options = ['--silent', '--no-audit', '--no-fund', '--prefer-offline'];
    await execa('npm', ['install', ...options, 'node@24.19.0', 'gitlab-ci-local@4.75.1'], { cwd: npm });
  },
};

/** The programs that judge pipelines. */
export const judges: Requirement[] = [
  debian('default-jre-headless', 'groovy', 'shellcheck', 'git'),
  built('actionlint'),
  built('gitleaks'),
  fromNpm,
];

/** The programs that jobs call. */
export const programsOfJobs: Requirement[] = [
  debian('rsync', 'git', 'redis-server'),
  built('gitleaks'),
  fromNpm,
  prometheusPackage,
];
