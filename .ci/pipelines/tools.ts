import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { installPrometheus } from '../observability/prometheus.js';

const cache = path.join(os.homedir(), '.cache');
const fromDebian = ['default-jre-headless', 'groovy', 'rsync', 'shellcheck'];
const fromNpm = ['node@24.19.0', 'gitlab-ci-local@4.75.1'];

/** Programs by name. */
export interface Tools {
  actionlint: string;
  gitleaks: string;
  /** Folder of Node.js 24 and gitlab-ci-local. */
  npm: string;
  /** Folder of promtool. */
  prometheus: string;
}

/** Installs what judges, gitleaks in the version that projects name. @param folder that is removed in the end */
export async function installTools(folder: string): Promise<Tools> {
  const images = fs.readFileSync('templates/versions/Dockerfile', 'utf8');
  const [, gitleaks] = /^FROM ghcr\.io\/gitleaks\/gitleaks:(v[\d.]+)/m.exec(images)!;
  const quiet = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  await execa('apt-get', ['install', ...quiet, ...fromDebian]);
  const npm = path.join(cache, 'ci-npm-pipelines');
  fs.outputJsonSync(path.join(npm, 'package.json'), { private: true });
  await execa('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', ...fromNpm], {
    cwd: npm,
  });
  return {
    actionlint: await goProgram('github.com/rhysd/actionlint/cmd/actionlint', 'v1.7.12'),
    gitleaks: await goProgram('github.com/zricethezav/gitleaks/v8', gitleaks!),
    npm,
    prometheus: await installPrometheus(folder),
  };
}

async function goProgram(module: string, version: string): Promise<string> {
  const name = path.basename(module.replace(/\/v\d+$/, ''));
  const folder = path.join(cache, 'ci-go', `${name}-${version}`);
  const program = path.join(folder, name);
  if (!fs.existsSync(program))
    await execa('go', ['install', `${module}@${version}`], { env: { GOBIN: folder } });
  return program;
}
