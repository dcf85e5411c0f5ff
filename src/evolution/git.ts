import { spawnSync } from 'node:child_process';

/**
 * The files among these that git does not have as they are on the disk: their changes would be lost in those of an update.
 * None where there is no git, or no repository.
 */
export function uncommitted(root: string, files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const status = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames'];
  // Not as arguments: there can be more than a command line takes.
  const { status: code, stdout } = spawnSync(
    'git',
    ['--no-optional-locks', '--literal-pathspecs', ...status, '--', '.'],
    { cwd: root, maxBuffer: 64_000_000 },
  );
  if (code !== 0) return [];
  const prefix = spawnSync('git', ['rev-parse', '--show-prefix'], { cwd: root }).stdout.toString().trim();
  const wanted = new Set(files);
  return stdout
    .toString()
    .split('\0')
    .map((line) => line.slice(3))
    .filter((file) => file.startsWith(prefix))
    .map((file) => file.slice(prefix.length))
    .filter((file) => wanted.has(file));
}
