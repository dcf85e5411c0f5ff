import fs from 'node:fs';
import path from 'node:path';
import { quoted } from '../answers/command-line.js';
import type { Installation } from '../catalog/layer.js';
import { UserError } from '../cli/errors.js';

/**
 * Looks for a workspace above a folder, whose members are installed together. Nothing is changed.
 * @throws UserError when the package manager would install the folder into one, with the text that excludes it
 */
export async function requireOwnInstallation(
  directory: string,
  { command, workspace }: Installation,
): Promise<void> {
  if (!workspace) return;
  const member = realPath(directory);
  for (let root = path.dirname(member); ; root = path.dirname(root)) {
    const file = path.join(root, workspace.file);
    const folder = path.relative(root, member).replaceAll(path.sep, '/');
    if (fs.existsSync(file) && (await isMember(await tableOf(file, workspace.table), folder))) {
      const exclusion = workspace.exclusion.replace('{folder}', folder);
      throw new UserError([
        {
          given: `directory ${quoted(directory)}`,
          possible: `is in the workspace of ${file}, into which "${command}" would install it; write ${exclusion} there first, or choose another folder`,
          command: 'create-scalable-api ../shop --yes',
        },
      ]);
    }
    if (root === path.dirname(root)) return;
  }
}

/** @returns the value at a path of keys with dots; undefined where it is missing, or the file cannot be read */
async function tableOf(file: string, keys: string): Promise<unknown> {
  try {
    const text = fs.readFileSync(file, 'utf8');
    const parse = file.endsWith('.toml') ? (await import('smol-toml')).parse : JSON.parse;
    return keys.split('.').reduce((value, key) => value?.[key], parse(text));
  } catch {
    return undefined;
  }
}

/** @param table the patterns of a workspace, or an object that has them in `packages` or `members`, and others in `exclude` */
async function isMember(table: unknown, folder: string): Promise<boolean> {
  const {
    packages,
    members = packages,
    exclude,
  } = (Array.isArray(table) ? { members: table } : (table ?? {})) as Record<string, unknown>;
  const patterns = texts(members).map(plain);
  if (patterns.length === 0) return false;
  const { default: picomatch } = await import('picomatch');
  const matches = (pattern: string, text: string) => picomatch(pattern, { dot: true })(text);
  const included: string[] = [];
  let excluded = texts(exclude).map(plain);
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) excluded.push(plain(pattern.slice(1)));
    else {
      // A pattern takes back what an earlier one excludes of it.
      excluded = excluded.filter((earlier) => !matches(earlier, pattern));
      included.push(pattern);
    }
  }
  return (
    included.some((pattern) => matches(pattern, folder)) &&
    !excluded.some((pattern) => matches(pattern, folder))
  );
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

const plain = (pattern: string) => pattern.replace(/^\.?\/+/, '').replace(/\/+$/, '');

/** Without the symbolic links of the folders that exist. */
function realPath(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    return path.join(realPath(path.dirname(folder)), path.basename(folder));
  }
}
