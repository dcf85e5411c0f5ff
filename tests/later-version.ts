import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import path from 'node:path';
import fs from 'fs-extra';

const root = path.resolve(import.meta.dirname, '..');

export const laterVersion = '99.0.0';
/** A file that only the later version renders. */
export const addedFile = 'docs/later.md';
/** Files that only the version before renders, of projects in one language each. */
export const deletedFiles = ['tests/unit/purge.test.ts', 'tests/unit/test_names.py'];
/** A file that can be executed in the later version only. */
export const executableFile = 'docs/updating.md';

/** What stands in the comments of languages, before and after their text. */
export const comments: Record<string, readonly [string, string]> = {
  '.ts': ['// ', ''],
  '.py': ['# ', ''],
  '.md': ['<!-- ', ' -->'],
};

/**
 * Builds this package as a later version of it. Of most files that it renders, a line is added at the start or at the end; one is
 * added, one deleted, one becomes executable.
 * @param folder a new folder for the package
 * @returns its command line
 */
export function buildLater(folder: string): string {
  const templates = path.join(folder, 'templates');
  fs.copySync(path.join(root, 'templates'), templates);
  const remaining = new Set(deletedFiles);
  for (const file of fs.readdirSync(templates, { recursive: true, encoding: 'utf8' })) {
    const [, rendered] = /\/files\/(.*)$/.exec(file) ?? [];
    const full = path.join(templates, file);
    if (rendered === undefined || !fs.statSync(full).isFile()) continue;
    if (remaining.delete(rendered)) fs.removeSync(full);
    else fs.writeFileSync(full, later(rendered, fs.readFileSync(full, 'utf8')));
    if (rendered === `${executableFile}.hbs`) fs.chmodSync(full, 0o755);
  }
  if (remaining.size > 0) throw new Error(`no template is called ${[...remaining].join(', ')}`);
  fs.writeFileSync(path.join(templates, 'project/files', addedFile), '# Later\n');
  fs.writeJsonSync(path.join(folder, 'package.json'), {
    name: 'create-scalable-api',
    version: laterVersion,
    type: 'module',
  });
  const out = path.join(folder, 'dist');
  const args = ['--templates', templates, '--out', out, '--version', laterVersion];
  execFileSync(path.join(root, 'node_modules/.bin/tsx'), [path.join(root, 'scripts/build.ts'), ...args], {
    cwd: root,
  });
  return path.join(out, 'cli.js');
}

/**
 * A template of a file with another line. In Python, a comment after a function would have to be two lines below it. What begins
 * with a block may be empty, and is not rendered then.
 */
function later(file: string, text: string): string {
  const [before, after] = comments[path.extname(file.replace(/\.hbs$/, ''))] ?? [];
  if (before === undefined || text.startsWith('{{#')) return text;
  const line = `${before}Of version ${laterVersion}.${after}\n`;
  const place = hash('sha256', file).charCodeAt(0) % 3;
  if (place === 0) return text;
  if (file.includes('.py') || place === 1) return line + text;
  return `${text}${file.includes('.md') ? '\n' : ''}${line}`;
}
