import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import type { Requirement } from '../../requirements.js';

/** Rulesets of spectral find its plugins here only. */
export const tools = path.join(os.homedir(), '.cache/ci-judges');

const packages = [
  '@redocly/cli@2.77.0',
  '@stoplight/spectral-cli@6.16.3',
  '@stoplight/spectral-owasp-ruleset@2.0.1',
];

export const fromNpm: Requirement = {
  name: 'redocly and spectral (npm)',
  async provide() {
    fs.outputJsonSync(path.join(tools, 'package.json'), { private: true });
    const options = ['--silent', '--no-audit', '--no-fund', '--prefer-offline'];
    await execa('npm', ['install', ...options, ...packages], { cwd: tools });
  },
};

/**
 * Runs a judge to its end.
 * @returns what it printed
 * @throws Error with that when it does not exit with 0
 */
export async function judge(
  command: string,
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<string> {
  const { exitCode, all, shortMessage } = await execa(command, args, {
    ...options,
    all: true,
    reject: false,
    timeout: 1_200_000,
  });
  if (exitCode !== 0) throw new Error(`${shortMessage}\n${all}`);
  return all;
}
