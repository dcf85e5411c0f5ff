import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { closedFolder } from './account.js';
import type { Refusal } from './problems.js';
import { foldersOfPrograms, folderWith, versionFolders } from './programs.js';
import type { Account } from './server-process.js';

const needed = ['initdb', 'postgres'];

/** Packages of systems put the programs beside PATH, by version. */
function usualFolders(): string[] {
  return [
    ...versionFolders('/usr/lib/postgresql', /^\d+$/, 'bin'),
    ...versionFolders('/usr', /^pgsql-\d+$/, 'bin'),
    ...['/opt/homebrew/opt', '/usr/local/opt'].flatMap((folder) =>
      versionFolders(folder, /^postgresql@\d+$/, 'bin'),
    ),
    ...versionFolders('/Applications/Postgres.app/Contents/Versions', /^\d+$/, 'bin'),
    '/usr/local/pgsql/bin',
  ];
}

/**
 * The folder with programs that this account can run.
 * @param programs folders that are looked into first
 */
export function findPrograms(
  programs: readonly string[],
  account: Account,
  env: NodeJS.ProcessEnv,
  refuse: Refusal,
): string {
  let reason = 'they are not in PATH or the usual places';
  const runs = (folder: string) =>
    needed.every((name) => {
      const file = path.join(folder, name);
      const { status, stderr, error } = spawnSync(file, ['--version'], {
        ...account,
        env,
        cwd: '/',
        encoding: 'utf8',
      });
      if (status === 0) return true;
      const closed = closedFolder(folder);
      reason = closed
        ? `those in ${folder} run as another user, who may not enter ${closed}: run "chmod o+x ${closed}", or be another user than root`
        : `${file} does not run: ${(stderr || error?.message || '').trim()}`;
      return false;
    });
  const folder = folderWith(needed, foldersOfPrograms(programs, usualFolders()), runs);
  if (!folder)
    throw refuse(
      'PostgreSQL (initdb, postgres)',
      `${reason}; install PostgreSQL, or give a server of your own`,
    );
  return folder;
}
