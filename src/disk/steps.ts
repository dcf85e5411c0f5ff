import fs from 'node:fs';
import path from 'node:path';
import { quoted } from '../answers/command-line.js';
import type { Installation } from '../catalog/layer.js';
import { UserError } from '../cli/errors.js';
import type { Journal } from './journal.js';
import { runProgram } from './subprocess.js';

const shownLines = 15;

export type Say = (line: string) => void;

/**
 * Installs the packages of a project.
 * @param signal ends the package manager and all that it has started
 * @throws UserError with the last lines of the package manager
 */
export async function install(
  directory: string,
  { command, environment = {}, leaves }: Installation,
  journal: Journal,
  signal: AbortSignal,
  say: Say,
): Promise<void> {
  for (const name of leaves) {
    const full = path.join(directory, name);
    if (!fs.existsSync(full)) journal.ownFolder(full);
  }
  const [manager, ...args] = command.split(' ') as [string, ...string[]];
  say(`Installing packages with ${manager} …`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const tick = setInterval(() => say(`  still installing, ${seconds()} s`), 10_000);
  const program = { file: manager, args, cwd: directory, env: environment };
  const { failed, code, exitCode, all } = await runProgram(program, signal).finally(() =>
    clearInterval(tick),
  );
  if (!failed) {
    say(`Installed in ${seconds()} s.`);
    return;
  }
  const lines = lastLines(all, shownLines);
  const missing = code === 'ENOENT';
  throw new UserError(
    [
      {
        given: command,
        possible: missing
          ? `${manager} is not installed; install it, then run this command in the project, which is complete but for its packages`
          : `failed (${exitCode ?? code}); the project is complete but for its packages. Last lines:\n${lines.map((line) => `    ${line}`).join('\n')}`,
        command: `cd ${quoted(directory)} && ${command}`,
      },
    ],
    1,
  );
}

/**
 * Makes a repository with one commit, unless the folder is in one already. Never a reason to fail.
 * @param signal ends git and its hooks
 */
export async function initialCommit(
  directory: string,
  journal: Journal,
  signal: AbortSignal,
  say: Say,
): Promise<void> {
  const git = (...args: string[]) => runProgram({ file: 'git', args, cwd: directory }, signal);
  if ((await git('--version')).failed) {
    say('No repository was made: git is not installed.');
    return;
  }
  if (!(await git('rev-parse', '--is-inside-work-tree')).failed) return;
  const repository = path.join(directory, '.git');
  if (!fs.existsSync(repository)) journal.ownFolder(repository);
  await git('init', '--quiet', '--initial-branch', 'main');
  await git('add', '--all');
  const { failed, all } = await git('commit', '--quiet', '--no-gpg-sign', '--message', 'Initial commit');
  if (failed)
    say(`Made a git repository; nothing is committed yet: ${lastLines(all, 1)[0] ?? 'git says nothing'}`);
  else say('Made a git repository with one commit.');
}

function lastLines(all: readonly string[], count: number): string[] {
  return all.filter((line) => line.trim() !== '').slice(-count);
}
