import { UserError } from '../cli/errors.js';
import type { RenderedFile } from '../render/render.js';
import { isMigration } from './paths.js';
import type { Tree } from './tree.js';

/** Where new migrations go. */
export interface MigrationPlace {
  /** The number after the highest in the folder of migrations. */
  number: number;
  /** The last migration, where each names the one before. */
  after?: string;
}

/** A migration of Alembic names the one before it; files in SQL are applied in the order of their names. */
interface Revision {
  id: string;
  before: string | undefined;
}

/**
 * Looks at the migrations of a project, those of its owner included.
 * @throws UserError when there are two last ones
 */
export function migrationPlace(tree: Tree): MigrationPlace {
  const files = tree.files().filter((file) => file.startsWith('migrations/'));
  const numbers = files.flatMap((file) => /\/(\d{4})_[^/]+$/.exec(file)?.[1] ?? []).map(Number);
  const after = headOf(tree, files);
  return { number: Math.max(0, ...numbers) + 1, ...(after === undefined ? {} : { after }) };
}

/**
 * A rendering whose new migrations follow the last one of the project, also where a fresh project has them before others.
 * @param known whether a file was rendered before
 */
export function chained(
  rendered: ReadonlyMap<string, RenderedFile>,
  tree: Tree,
  known: (file: string) => boolean,
): ReadonlyMap<string, RenderedFile> {
  const added = [...rendered.keys()].filter(
    (file) => isMigration(file) && !known(file) && 'nothing' in tree.find(file),
  );
  let head = added.some((file) => file.endsWith('.py')) ? migrationPlace(tree).after : undefined;
  if (head === undefined) return rendered;
  const files = new Map(rendered);
  for (const file of added.sort()) {
    const { text, executable } = rendered.get(file)!;
    const revision = revisionIn(text);
    if (!revision) continue;
    if (revision.before !== head)
      files.set(file, { text: text.replace(beforeLine, `$1"${head}"`), executable });
    head = revision.id;
  }
  return files;
}

const idLine = /^revision(?:: str)? = ["']([\w-]+)["']/m;
const beforeLine = /^(down_revision(?:: [^=]+)? = )(?:["'][\w-]+["']|None)/m;

function revisionIn(text: string): Revision | undefined {
  const id = idLine.exec(text)?.[1];
  if (id === undefined) return undefined;
  return { id, before: /["']([\w-]+)["']/.exec(beforeLine.exec(text)?.[0] ?? '')?.[1] };
}

function headOf(tree: Tree, files: readonly string[]): string | undefined {
  const revisions = files
    .filter((file) => file.endsWith('.py'))
    .flatMap((file) => revisionIn(tree.read(file)?.text ?? '') ?? []);
  const followed = new Set(revisions.map(({ before }) => before));
  const heads = revisions.filter(({ id }) => !followed.has(id)).map(({ id }) => id);
  if (heads.length > 1)
    throw new UserError([
      {
        given: `migrations ${heads.join(' and ')}`,
        possible: 'are both the last one: join them first',
        command: 'uv run alembic merge heads',
      },
    ]);
  return heads[0];
}
