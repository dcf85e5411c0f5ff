import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { GivenAnswers } from '../../../src/answers/answers.js';
import { type Manifest, manifestPath } from '../../../src/answers/manifest.js';
import { answersWith, resolvedWith } from '../../../src/answers/resolve.js';
import { shippedCatalog } from '../../../src/catalog/shipped.js';
import { version } from '../../../src/cli/version.js';
import { Changes } from '../../../src/evolution/apply.js';
import { withBase } from '../../../src/evolution/base.js';
import { type EvolutionOptions, type Evolved, evolve } from '../../../src/evolution/evolve.js';
import { readProject } from '../../../src/evolution/project.js';
import { type RenderedFile, render } from '../../../src/render/render.js';

export const catalog = shippedCatalog();
const renderings = new Map<string, Map<string, RenderedFile>>();

export function rendering(given: Partial<GivenAnswers>): Map<string, RenderedFile> {
  const key = JSON.stringify(given);
  const known = renderings.get(key) ?? render(resolvedWith(catalog, given), version);
  renderings.set(key, known);
  return known;
}

const folders: string[] = [];

export function removeProjects(): void {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
}

/** A project on the disk, as it was made. */
export async function projectWith(given: Partial<GivenAnswers> = {}): Promise<string> {
  return written(withBase(rendering(given)));
}

/** A project as an earlier version has made it: some of its files were different, then. */
export async function earlierProject(
  earlier: Record<string, (text: string) => string | undefined>,
  { base = true, given = {} }: { base?: boolean; given?: Partial<GivenAnswers> } = {},
): Promise<string> {
  const files = new Map<string, RenderedFile>();
  for (const [file, { text, executable }] of rendering(given)) {
    const was = earlier[file] ? earlier[file](text) : text;
    if (was !== undefined) files.set(file, { text: was, executable });
  }
  for (const [file, make] of Object.entries(earlier))
    if (!rendering(given).has(file)) files.set(file, { text: make('')!, executable: false });
  const { hashOf } = await import('../../../src/answers/manifest.js');
  const manifest: Manifest = JSON.parse(files.get(manifestPath)!.text);
  manifest.version = '0.0.1';
  manifest.files = Object.fromEntries(
    [...files]
      .filter(([file]) => file !== manifestPath)
      .map(([file, { text, executable }]) => [file, executable ? `${hashOf(text)} +x` : hashOf(text)]),
  );
  files.set(manifestPath, { text: `${JSON.stringify(manifest, null, 2)}\n`, executable: false });
  return written(base ? withBase(files) : files);
}

export function emptyProject(): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'evolution-'));
  folders.push(root);
  return root;
}

function written(files: ReadonlyMap<string, RenderedFile>): string {
  const root = emptyProject();
  for (const [file, { text, executable }] of files) put(root, file, text, executable ? 0o755 : 0o644);
  return root;
}

export function put(root: string, file: string, content: string | Uint8Array, mode = 0o644): void {
  const full = path.join(root, file);
  fs.mkdirSync(path.dirname(full), { recursive: true });
  fs.writeFileSync(full, content);
  fs.chmodSync(full, mode);
}

export function textAt(root: string, file: string): string | undefined {
  const full = path.join(root, file);
  return fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : undefined;
}

/** Changes the answers of a project, as `add` does. */
export async function changeTo(
  root: string,
  given: Partial<GivenAnswers> = {},
  options: Partial<EvolutionOptions> = {},
): Promise<Evolved> {
  const { manifest } = readProject(root, 'test');
  const { resources, project, load, ...choices } = { ...manifest.answers, ...given };
  const answers = answersWith(catalog, { resources, project, load, ...choices });
  const all = { dryRun: false, allowDirty: true, old: undefined, noFormat: true, noBase: false, ...options };
  const signal = new AbortController().signal;
  return new Changes(root).exclusively(async () =>
    evolve({ root, catalog, manifest, answers, about: 'a test' }, all, signal),
  );
}

/** Texts and rights of all files but those that record what was done. */
export function filesOf(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const full = path.join(entry.parentPath, entry.name);
    const file = path.relative(root, full).replaceAll(path.sep, '/');
    if (!entry.isFile() || file.startsWith('.scalable-api/journal') || file.startsWith('.git/')) continue;
    const run = (fs.statSync(full).mode & 0o100) === 0 ? '' : ' +x';
    found[file + run] = fs.readFileSync(full, 'utf8');
  }
  return found;
}

export const isRecord = (file: string) => file === manifestPath || file === '.scalable-api/base';

/** The files of a rendering, as `filesOf` has them. */
export function expectedFiles(given: Partial<GivenAnswers>): Record<string, string> {
  return Object.fromEntries(
    [...rendering(given)].map(([file, { text, executable }]) => [executable ? `${file} +x` : file, text]),
  );
}

/** Without migrations, which stay, and the base. */
export function besideMigrations(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).filter(
      ([file]) =>
        !/^migrations\/(versions\/)?\d{4}_/.test(file) &&
        file !== '.scalable-api/base' &&
        file !== manifestPath,
    ),
  );
}
