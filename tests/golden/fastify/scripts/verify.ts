import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const name = 'create-scalable-api';
const windows = process.platform === 'win32';
const folders = ['node_modules/.bin', ...(process.env.PATH ?? '').split(delimiter)];
// Nothing is taken from a registry by its name here: only what the lock file, or the machine, has.
const program = folders
  .filter(Boolean)
  .map((folder) => join(folder, windows ? `${name}.cmd` : name))
  .find((file) => existsSync(file));

if (program === undefined) {
  const { version } = JSON.parse(readFileSync('.scalable-api.json', 'utf8'));
  console.error(
    `verify needs ${name}, which this project does not have: npm install --save-dev ${name}@${version}, or the path of a checkout or a package file in its place.`,
  );
  process.exitCode = 2;
} else {
  const args = ['verify', ...process.argv.slice(2)];
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', shell: windows });
  if (error) throw error;
  process.exitCode = status ?? 1;
}
