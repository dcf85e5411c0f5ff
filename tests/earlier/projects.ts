import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { manifestPath } from '../../src/answers/manifest.js';
import { withBase } from '../../src/evolution/base.js';
import { changed, stepsOf } from '../how-to.js';

/** A project as the package of an earlier commit has made it. */
export interface EarlierProject {
  commit: string;
  framework: string;
  /** By path. */
  files: Record<string, { text: string; executable: boolean }>;
}

const record = path.join(import.meta.dirname, 'projects.br');
const { BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = zlib.constants;

/** Records projects. They are alike: together they take little more than one. */
export function packProjects(projects: readonly EarlierProject[]): void {
  const text = JSON.stringify(projects);
  const params = { [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: text.length };
  fs.writeFileSync(record, zlib.brotliCompressSync(text, { params }));
}

/** The projects that `scripts/earlier.ts` has recorded. */
export function earlierProjects(): EarlierProject[] {
  return JSON.parse(zlib.brotliDecompressSync(fs.readFileSync(record)).toString());
}

/** Whether the package that made a project kept a base in it. */
export function hasBase({ files }: EarlierProject): boolean {
  return JSON.parse(files[manifestPath]!.text).format === 2;
}

/** Writes a project as its package has made it. */
export function writeProject(folder: string, project: EarlierProject): void {
  const files = new Map(Object.entries(project.files));
  for (const [file, { text, executable }] of hasBase(project) ? withBase(files) : files) {
    const full = path.join(folder, file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, text, { mode: executable ? 0o755 : 0o644 });
  }
}

/**
 * Changes a project as the recipes of its page say, but for the commands there.
 * @param page the text of its docs/how-to.md
 */
export function followPage(folder: string, page: string): void {
  for (const step of stepsOf(page)) {
    if (step.kind === 'run') continue;
    const full = path.join(folder, step.file);
    const before = fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : undefined;
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, changed(step, before));
  }
}
