import fs from 'node:fs';
import path from 'node:path';
import { type ParseError, parseTree } from 'jsonc-parser';
import type { Preset, Versions } from './catalog.js';
import { checkLayers, lineAt } from './check-layers.js';
import type { LayerData, LayerJson, SlotDeclaration } from './layer.js';

/** A file below templates/ as read from disk: verbatim text, or the source of a Handlebars template. */
export interface SourceFile {
  /** Where it is written to; may hold `{name}` placeholders of a resource, or of a migration. */
  path: string;
  /** The file itself, from the templates folder on. */
  source: string;
  text: string;
  template: boolean;
  /** A document: data with references, which is serialized. */
  data: boolean;
  executable: boolean;
}

/** Folders in which no layer is looked for. */
const leftOut = /^(files|parts|resource|migration|node_modules|\..*)$/;

export interface SourceLayer {
  id: string;
  data: LayerData;
  /** The slots that it declares, by name. */
  declares: Record<string, SlotDeclaration>;
  files: SourceFile[];
  parts: SourceFile[];
  resourceFiles: SourceFile[];
  resourceParts: SourceFile[];
  migrationFiles: SourceFile[];
}

/** A layer as it was read, with its files. */
type FoundLayer = Omit<SourceLayer, 'data' | 'declares'> & {
  json: unknown;
  text: string;
  folder: string;
  root: string;
};

/**
 * Reads every layer below a templates folder, and checks them. Used by the build, the preview and the tests; the
 * published package carries the result, not the folder.
 * @throws Error with a line per fault: the file, the path in it, the reason and the nearest known name
 */
export function readLayers(root: string): SourceLayer[] {
  const found = findLayers(root, 'templates');
  checkLayers(found);
  return found.map(sourceOf);
}

/**
 * Reads the layers below a folder, without a check.
 * @param folder what it is called in errors
 * @throws Error with the file of a layer.json that is no JSON
 */
export function findLayers(root: string, folder: string): FoundLayer[] {
  return idsBelow(root, '').map((id) => {
    const file = `${id}/layer.json`;
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    return {
      id,
      folder,
      root,
      text,
      json: parsed(text, `${folder}/${file}`),
      files: readFiles(root, `${id}/files`),
      parts: readFiles(root, `${id}/parts`),
      resourceFiles: readFiles(root, `${id}/resource/files`),
      resourceParts: readFiles(root, `${id}/resource/parts`),
      migrationFiles: readFiles(root, `${id}/migration/files`),
    };
  });
}

/** A layer that has been checked. */
export function sourceOf({ json, text, folder, root, ...layer }: FoundLayer): SourceLayer {
  const { $schema, slots: declares = {}, ...data } = json as LayerJson;
  const kinds = Object.entries(declares).map(([slot, { kind }]) => [slot, kind]);
  const slots = kinds.length > 0 ? { slots: Object.fromEntries(kinds) } : {};
  return { ...layer, data: { ...data, ...slots }, declares };
}

/** Reads the manifests below versions/ of a templates folder; each may be left out. */
export function readVersions(root: string): Versions {
  const read = (name: string) => {
    const file = path.join(root, 'versions', name);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  };
  const requirements = read('requirements.txt');
  const images = read('Dockerfile');
  const actions = read('workflow.yml');
  return {
    npm: parsed(read('package.json') || '{}', 'versions/package.json').dependencies ?? {},
    pypi: Object.fromEntries(
      [...requirements.matchAll(/^([^\s#=]+)==(.+)$/gm)].map(([, name, version]) => [name, version]),
    ),
    images: Object.fromEntries(
      [...images.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, image, name]) => [name, image]),
    ),
    actions: Object.fromEntries(
      [...actions.matchAll(/uses: (([^@\s]+)@\S+) #( \S+)/g)].map(([, text, name, beside]) => [
        name,
        { $kind: 'scalar', text, style: 'plain', beside },
      ]),
    ),
  };
}

/** Reads the presets below presets/ of a templates folder. */
export function readPresets(root: string): Preset[] {
  const folder = path.join(root, 'presets');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .sort()
    .map((file) => ({
      name: path.basename(file, '.json'),
      ...parsed(fs.readFileSync(path.join(folder, file), 'utf8'), `presets/${file}`),
    }));
}

function parsed(text: string, file: string) {
  try {
    return JSON.parse(text);
  } catch (error) {
    const errors: ParseError[] = [];
    parseTree(text, errors);
    const line = lineAt(text, errors[0]?.offset ?? 0);
    throw new Error(`${file}:${line}: ${(error as Error).message.replaceAll('\n', ' ')}`);
  }
}

function idsBelow(root: string, id: string): string[] {
  const entries = fs.readdirSync(path.join(root, id), { withFileTypes: true });
  const here = entries.some((entry) => entry.name === 'layer.json') ? [id] : [];
  const below = entries
    .filter((entry) => entry.isDirectory() && !leftOut.test(entry.name))
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => idsBelow(root, id ? `${id}/${name}` : name));
  return [...here, ...below];
}

function readFiles(root: string, below: string): SourceFile[] {
  const folder = path.join(root, below);
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const full = path.join(entry.parentPath, entry.name);
      const relative = path.relative(folder, full).split(path.sep).join('/');
      return {
        // npm drops some dot files from a package, so templates write them with an underscore.
        path: relative.replace(/\.hbs$|\.data\.yaml$/, '').replace(/(^|\/)_(?=[a-z])/g, '$1.'),
        source: `${below}/${relative}`,
        text: fs.readFileSync(full, 'utf8'),
        template: relative.endsWith('.hbs'),
        data: relative.endsWith('.data.yaml'),
        executable: (fs.statSync(full).mode & 0o100) !== 0,
      };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
