import type { Commands } from '../catalog/catalog.js';
import type { RenderedFile } from '../render/render.js';
import { type MigrationPlace, migrationPlace, revisionIn } from '../resources/change.js';
import { isMigration } from './paths.js';
import type { Tree } from './tree.js';

/**
 * Where new migrations of a project go, those of its owner considered.
 * @throws UserError when two migrations come last
 */
export function placeIn(tree: Tree, { joinMigrations }: Commands): MigrationPlace {
  const files = tree.files('migrations').map((file) => [file, tree.read(file)?.text ?? ''] as const);
  return migrationPlace(files, joinMigrations);
}

/**
 * A rendering whose new migrations follow the last one of the project, also where a fresh project has them before others.
 * @param known whether a file was rendered before
 */
export function chained(
  rendered: ReadonlyMap<string, RenderedFile>,
  tree: Tree,
  commands: Commands,
  known: (file: string) => boolean,
): ReadonlyMap<string, RenderedFile> {
  const added = [...rendered.keys()].filter(
    (file) => isMigration(file) && !known(file) && 'nothing' in tree.find(file),
  );
  let head = added.some((file) => file.endsWith('.py')) ? placeIn(tree, commands).after : undefined;
  if (head === undefined) return rendered;
  const files = new Map(rendered);
  for (const file of added.sort()) {
    const { text, executable } = rendered.get(file)!;
    const revision = revisionIn(text);
    if (!revision) continue;
    if (revision.before[0] !== head)
      files.set(file, { text: text.replace(beforeLine, `$1"${head}"`), executable });
    head = revision.id;
  }
  return files;
}

const beforeLine = /^(down_revision\b[^=\n]*= *)(?:["']\w+["']|None)/m;
