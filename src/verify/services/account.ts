import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Account } from './server-process.js';

const asRoot = process.getuid?.() === 0;

/**
 * The account for a program that refuses to run as root: `nobody` when this process is root, else its own.
 * @returns undefined where there is no such user
 */
export function unprivileged(): Account | undefined {
  if (!asRoot) return {};
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

/** The first folder above a place (or the place) that other users may not enter; undefined without one, or without root. */
export function closedFolder(place: string): string | undefined {
  if (!asRoot) return undefined;
  const above = [fs.realpathSync(place)];
  while (path.dirname(above[0]!) !== above[0]) above.unshift(path.dirname(above[0]!));
  return above.find((folder) => (fs.statSync(folder).mode & 0o001) === 0);
}
