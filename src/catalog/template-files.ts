import fs from 'node:fs';
import path from 'node:path';
import type { Preset, Versions } from './catalog.js';
import { checkLayers } from './check-layers.js';
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

/**
 * Reads every layer below a templates folder, and checks them. Used by the build, the preview and the tests; the
 * published package carries the result, not the folder.
 * @throws Error with a line per fault: the file, the path in it, the reason and the nearest known name
 */
export function readLayers(root: string): SourceLayer[] {
  const read = findLayers(root, '').map((id) => ({
    id,
    json: readJson(root, `${id}/layer.json`),
    files: readFiles(root, `${id}/files`),
    parts: readFiles(root, `${id}/parts`),
    resourceFiles: readFiles(root, `${id}/resource/files`),
    resourceParts: readFiles(root, `${id}/resource/parts`),
    migrationFiles: readFiles(root, `${id}/migration/files`),
  }));
  checkLayers(read);
  return read.map(({ json, ...layer }) => {
    const { $schema, slots: declares = {}, ...data } = json as LayerJson;
    const kinds = Object.entries(declares).map(([slot, { kind }]) => [slot, kind]);
    const slots = kinds.length > 0 ? { slots: Object.fromEntries(kinds) } : {};
    return { ...layer, data: { ...data, ...slots }, declares };
  });
}

/** Reads the manifests below templates/versions. */
export function readVersions(root: string): Versions {
  const folder = path.join(root, 'versions');
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const requirements = fs.readFileSync(path.join(folder, 'requirements.txt'), 'utf8');
  const images = fs.readFileSync(path.join(folder, 'Dockerfile'), 'utf8');
  const actions = fs.readFileSync(path.join(folder, 'workflow.yml'), 'utf8');
  return {
    npm: manifest.dependencies,
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

/** Reads the presets below templates/presets. */
export function readPresets(root: string): Preset[] {
  const folder = path.join(root, 'presets');
  return fs
    .readdirSync(folder)
    .sort()
    .map((file) => ({
      name: path.basename(file, '.json'),
      ...JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')),
    }));
}

function readJson(root: string, file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
  } catch (error) {
    throw new Error(`templates/${file}: ${(error as Error).message}`);
  }
}

function findLayers(root: string, id: string): string[] {
  const entries = fs.readdirSync(path.join(root, id), { withFileTypes: true });
  const here = entries.some((entry) => entry.name === 'layer.json') ? [id] : [];
  const below = entries
    .filter(
      (entry) => entry.isDirectory() && !['files', 'parts', 'resource', 'migration'].includes(entry.name),
    )
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => findLayers(root, id ? `${id}/${name}` : name));
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
