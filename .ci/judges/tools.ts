import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

const fromNpm = [
  '@redocly/cli@2.77.0',
  '@stoplight/spectral-cli@6.16.3',
  '@stoplight/spectral-owasp-ruleset@2.0.1',
];
const fromPyPi = ['schemathesis==4.32.5'];

/** What a judge says of a project. */
export interface Verdict {
  tool: string;
  project: string;
  agrees: boolean;
  /** In a few words where it agrees, else all that it printed. */
  said: string;
}

/** Installs the tools that no Debian package has. @param folder to put them in, where rulesets find them, too */
export async function installTools(folder: string): Promise<void> {
  const quiet = ['--silent', '--no-audit', '--no-fund'];
  fs.outputJsonSync(path.join(folder, 'package.json'), { private: true });
  await Promise.all([
    execa('npm', ['install', ...quiet, ...fromNpm], { cwd: folder }),
    execa('python3', ['-m', 'venv', path.join(folder, 'python')]).then(() =>
      execa(path.join(folder, 'python/bin/pip'), ['install', '--quiet', ...fromPyPi]),
    ),
  ]);
}

/** Runs a tool to its end. @returns whether it left with 0, and what it printed */
export async function ask(
  command: string,
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<{ agrees: boolean; said: string }> {
  const { exitCode, all, shortMessage } = await execa(command, args, {
    ...options,
    all: true,
    reject: false,
    timeout: 600_000,
  });
  return { agrees: exitCode === 0, said: exitCode === undefined ? `${shortMessage}\n${all}` : all };
}
