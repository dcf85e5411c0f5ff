import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { prometheusPrograms } from '../prometheus-package.js';
import { gitlabCiLocal, gitleaks, npmPrograms } from './tools.js';

/** How a job ended, and what it printed. */
export interface JobResult {
  exitCode?: number | undefined;
  all: string;
}

/** A project as a git repository whose GitLab jobs are run in a shell, with the programs that their images would have. */
export class Repository {
  constructor(readonly folder: string) {}

  async git(...args: string[]): Promise<void> {
    await execa('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
      cwd: this.folder,
    });
  }

  /** Makes it a repository with one commit. */
  async create(): Promise<void> {
    await this.git('init', '--quiet');
    await this.git('remote', 'add', 'origin', 'git@gitlab.com:team/shop.git');
    await this.commit('first');
  }

  async commit(message: string): Promise<void> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', message);
  }

  async run(job: string, variables: Record<string, string> = {}): Promise<JobResult> {
    const given = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
    const paths = [path.dirname(gitleaks), prometheusPrograms, npmPrograms, process.env.PATH];
    return execa(gitlabCiLocal, ['--force-shell-executor', '--state-dir=../state', ...given, job], {
      cwd: this.folder,
      env: { PATH: paths.join(':') },
      all: true,
      reject: false,
    });
  }

  /** Writes a file of the project with a change. @returns how to undo it */
  change(file: string, from: RegExp, to: string): () => void {
    const place = path.join(this.folder, file);
    const text = fs.readFileSync(place, 'utf8');
    fs.writeFileSync(place, text.replace(from, to));
    return () => fs.writeFileSync(place, text);
  }
}

/** A private key, in pieces, so that no scanner takes it for a leaked one. */
export function privateKey(): string {
  const line = 'MC4CAQAwBQYDK2VwBCIEIKmKqA3mB8pFv0n8wT1yXoq5VdZsLr2Jc7UuHhGf9aEj';
  const edge = (word: string) => [`-----${word}`, 'PRIVATE', 'KEY-----'].join(' ');
  return `${edge('BEGIN')}\n${line}\n${line}\n${edge('END')}\n`;
}
