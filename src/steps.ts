import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.js';
import type { Journal } from './write.js';

/** What package managers leave in a folder. */
const installed = ['node_modules', 'package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', '.yarn', '.pnp.cjs'];
const shownLines = 15;

export type Say = (line: string) => void;

/**
 * Installs the packages of a project.
 * @param signal ends the installation
 * @throws UserError with the last lines of the package manager
 */
export async function install(
  directory: string,
  manager: string,
  journal: Journal,
  signal: AbortSignal,
  say: Say,
): Promise<void> {
  for (const name of installed) {
    const full = path.join(directory, name);
    if (!fs.existsSync(full)) journal.ownFolder(full);
  }
  say(`Installing packages with ${manager} …`);
  const started = Date.now();
  const child = spawn(manager, ['install'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    env: { ...process.env, NODE_ENV: '' },
  });
  const lines: string[] = [];
  const collect = (chunk: Buffer) => {
    lines.push(
      ...chunk
        .toString()
        .split('\n')
        .filter((line) => line.trim() !== ''),
    );
    lines.splice(0, lines.length - shownLines);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const tick = setInterval(
    () => say(`  still installing, ${Math.round((Date.now() - started) / 1000)} s`),
    10_000,
  );
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    child.once('close', (exit, killed) => resolve(exit ?? killed ?? 'ended'));
  });
  clearInterval(tick);
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  if (code === 0) {
    say(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
    return;
  }
  const missing = code === 'ENOENT';
  throw new UserError(
    [
      {
        given: `${manager} install`,
        possible: missing
          ? `${manager} is not installed here; install it, or choose another package manager. Nothing is left behind`
          : `failed (${code}); nothing is left behind. Its last lines:\n${lines.map((line) => `    ${line}`).join('\n')}`,
        command: 'create-scalable-api shop --yes --no-install',
      },
    ],
    1,
  );
}

/** Makes a repository with one commit, unless the folder is in one already. Never a reason to fail. */
export function initialCommit(directory: string, journal: Journal, say: Say): void {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: directory, encoding: 'utf8' });
  if (git('--version').status !== 0) {
    say('No repository was made: git is not installed.');
    return;
  }
  if (git('rev-parse', '--is-inside-work-tree').status === 0) return;
  const repository = path.join(directory, '.git');
  if (!fs.existsSync(repository)) journal.ownFolder(repository);
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '--all');
  const commit = git('commit', '--quiet', '--no-gpg-sign', '--message', 'Initial commit');
  if (commit.status === 0) say('Made a git repository with one commit.');
  else say(`Made a git repository; nothing is committed yet: ${commit.stderr.trim().split('\n').at(-1)}`);
}
