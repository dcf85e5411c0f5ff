import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';

/** The built command line. */
const cli = path.resolve(import.meta.dirname, '../../dist/cli.js');

export function makeScratch(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'generators-'));
}

/** Runs the command line in a folder, which is made. */
export function withCli(folder: string, args: string[]): void {
  fs.ensureDirSync(folder);
  execFileSync('node', [cli, ...args], { cwd: folder, stdio: 'pipe' });
}

/** The files of a folder by path, apart from those of git, of packages and of what can be undone. */
export function modesAndTexts(folder: string): Record<string, { executable: boolean; text: string }> {
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !/\/(\.git|node_modules|\.scalable-api\/journal)\//.test(file));
  return Object.fromEntries(
    files
      .sort()
      .map((file) => [
        path.relative(folder, file),
        { executable: (fs.statSync(file).mode & 0o111) !== 0, text: fs.readFileSync(file, 'utf8') },
      ]),
  );
}
