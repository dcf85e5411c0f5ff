import fs from 'node:fs';
import path from 'node:path';
import { hashOf } from '../answers/manifest.js';
import { isInside } from './paths.js';
import { type OwnText, ownText } from './text.js';

/** Folders of programs, not of owners. */
const skipped = new Set([
  '.git',
  'node_modules',
  '.venv',
  '.scalable-api',
  'dist',
  'coverage',
  '__pycache__',
]);
const most = 20_000;
const largest = 8_000_000;

/** What is at a path: a text, nothing, or something that is not to be written over, and why. */
export type Found = { own: OwnText } | { nothing: true } | { obstacle: string };

/** The files of a project as they are on the disk. */
export class Tree {
  /** The hashes of the files that were read. */
  readonly #seen = new Map<string, string>();

  constructor(readonly root: string) {}

  /** The hash of the bytes of a file when it was read, or undefined where there was none. */
  seen(file: string): string | undefined {
    return this.#seen.get(file);
  }

  /** Looks at a path without following links. Nothing outside of the project is read. */
  find(file: string): Found {
    if (!isInside(file)) return { obstacle: 'leads out of the project' };
    const parts = file.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = path.join(this.root, ...parts.slice(0, depth));
      const there = fs.lstatSync(folder, { throwIfNoEntry: false });
      if (!there) return { nothing: true };
      const name = parts.slice(0, depth).join('/');
      if (there.isSymbolicLink()) return { obstacle: `${name} is a symbolic link` };
      if (!there.isDirectory()) return { obstacle: `${name} is a file` };
      if (fs.existsSync(path.join(folder, '.git'))) return { obstacle: `${name} is a repository of its own` };
    }
    const full = path.join(this.root, file);
    const there = fs.lstatSync(full, { throwIfNoEntry: false });
    if (!there) return { nothing: true };
    if (there.isSymbolicLink()) return { obstacle: 'is a symbolic link' };
    if (!there.isFile()) return { obstacle: 'is a folder' };
    // A file system that ignores case has another file here.
    if (!fs.readdirSync(path.dirname(full)).includes(parts.at(-1)!)) return { nothing: true };
    if (there.size > largest) return { obstacle: 'is larger than 8 MB' };
    const bytes = fs.readFileSync(full);
    this.#seen.set(file, hashOf(bytes));
    const own = ownText(bytes, (there.mode & 0o100) !== 0);
    return own ? { own } : { obstacle: 'is not text' };
  }

  /** The text at a path, where there is one. */
  read(file: string): OwnText | undefined {
    const found = this.find(file);
    return 'own' in found ? found.own : undefined;
  }

  /** All files below a folder, those of package managers and builds aside, sorted; none where there is no such folder. */
  files(below = ''): string[] {
    const found: string[] = [];
    const walk = (folder: string) => {
      for (const entry of fs.readdirSync(path.join(this.root, folder), { withFileTypes: true })) {
        if (found.length >= most) return;
        const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isFile()) found.push(file);
        else if (entry.isDirectory() && !skipped.has(entry.name)) walk(file);
      }
    };
    if (fs.existsSync(path.join(this.root, below))) walk(below);
    return found.sort();
  }
}
