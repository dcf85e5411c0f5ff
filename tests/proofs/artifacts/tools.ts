import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Requirement } from '../../requirements.js';

const cache = path.join(os.homedir(), '.cache/ci-artifacts');
/** The folder of the programs from PyPI. */
export const python = path.join(cache, 'bin');

/** The judges from PyPI, and a pip that knows the expressions of licences. */
export const fromPyPi: Requirement = {
  name: 'checkov and zizmor (PyPI)',
  async provide() {
    await execa('uv', ['venv', '--quiet', '--allow-existing', '--python=3.11', cache]);
    const packages = ['pip==26.3', 'checkov==3.3.30', 'zizmor==1.32.0'];
    await execa('uv', ['pip', 'install', '--quiet', `--python=${python}/python`, ...packages]);
  },
};
