import { manifestPath, manifestText } from '../answers/manifest.js';
import type { Resolved } from '../answers/resolve.js';
import type { Body, Layer, LayerFile, Part } from '../catalog/layer.js';
import { UserError } from '../cli/errors.js';
import { writeDocument } from '../documents/document.js';
import { fill as fillDocument } from '../documents/fill.js';
import type { Node } from '../documents/node.js';
import type { Migration } from '../resources/migrations.js';
import type { Resource } from '../resources/resource.js';
import { type Contribution, collectSlots } from './slots.js';

export interface RenderedFile {
  text: string;
  executable: boolean;
}

/**
 * Renders the files of a project. Pure: the same project and version give the same bytes.
 * @param version of the generator, kept in the manifest of the project
 * @param wanted whether a file, by its path, is part of it; all are by default
 * @param more what templates of layers that are not of every project read besides
 * @returns target path (with `/`) to content, sorted by path
 * @throws Error naming the layers when two write one file, a contribution has no taker or a value is missing; a UserError when
 * there are layers from outside
 */
export function render(
  resolved: Resolved,
  version: string,
  options: RenderOptions = {},
): Map<string, RenderedFile> {
  try {
    return renderFiles(resolved, version, options);
  } catch (error) {
    const { layers } = resolved.answers;
    if (!layers) throw error;
    const given = layers.map(({ from }) => `layers of "${from}"`).join(', ');
    throw new UserError([{ given, possible: (error as Error).message }]);
  }
}

interface RenderOptions {
  wanted?: (path: string) => boolean;
  more?: object;
}

function renderFiles(
  resolved: Resolved,
  version: string,
  { wanted = () => true, more = {} }: RenderOptions,
): Map<string, RenderedFile> {
  const { answers, layers, resources, migrations } = resolved;
  const { sizes, ...explanation } = resolved.plan;
  const plan = { ...sizes, ...explanation };
  // Not the answers: no template can ask about them. Nor the version: a release alone changes no file.
  const base = {
    project: answers.project,
    resources,
    plan,
    versions: resolved.versions,
    helpers: resolved.helpers,
    ...more,
  };
  const parts = (layer: Layer, list: readonly Part[], scope: object): Contribution[] =>
    list.map(({ slot, body }) => ({
      layer: layer.id,
      slot,
      content: fill(body, scope, `${layer.id}: part ${slot}`),
    }));
  const slots = collectSlots(layers, { plan: sizes, project: answers.project }, [
    (filled) => layers.flatMap((layer) => parts(layer, layer.parts, { ...base, slots: filled })),
    (filled) =>
      layers.flatMap((layer) =>
        resources.flatMap((resource) =>
          parts(layer, layer.resourceParts, { ...base, slots: filled, resource }),
        ),
      ),
  ]);
  const context = { ...base, slots };

  const owners = new Map<string, string>();
  const files = new Map<string, RenderedFile>();
  const add = (layer: Layer, file: LayerFile, path: string, scope: object) => {
    const owner = owners.get(path);
    if (owner) throw new Error(`two layers write ${path}: ${owner} and ${layer.id}`);
    owners.set(path, layer.id);
    if (!wanted(path)) return;
    const where = `${layer.id}: ${path}`;
    const filled = fill(file.body, scope, where);
    if (filled === undefined) return;
    const text = typeof filled === 'string' ? filled : named(where, () => writeDocument(filled, path));
    // A template of which the slots have left nothing; a file that is copied may well be empty.
    if (text === '' && typeof file.body !== 'string') return;
    files.set(path, { text, executable: file.executable });
  };
  for (const layer of layers) {
    for (const file of layer.files) add(layer, file, file.path, context);
    for (const resource of resources) {
      const scope = { ...context, resource };
      for (const file of layer.resourceFiles) add(layer, file, placed(file.path, resource), scope);
    }
    for (const migration of migrations)
      for (const file of layer.migrationFiles)
        add(layer, file, placed(file.path, migration), { ...context, migration });
  }
  files.set(manifestPath, { text: manifestText(answers, version, files, slots), executable: false });
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns a text, a document to be serialized, or undefined for a document of which nothing is left */
function fill(body: Body, context: object, where: string): string | Node | undefined {
  if (typeof body === 'string') return body;
  return named(body.source ?? where, () =>
    typeof body === 'function'
      ? body(context)
      : fillDocument(body.read(), context as Record<string, unknown>),
  );
}

/** Prefixes an error with its subject, and with the line where it is known. */
function named<Result>(where: string, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    // Handlebars has the line as `lineNumber`, and again at the end of the message.
    const { message, line, lineNumber } = error as Error & { line?: number; lineNumber?: number };
    const place = line ?? lineNumber;
    throw new Error(
      `${where}${place === undefined ? '' : `:${place}`}: ${message.replace(/( in \[object Object\])? - \d+:\d+$/, '')}`,
    );
  }
}

function placed(path: string, of: Resource | Migration): string {
  return path.replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = (of as unknown as Record<string, unknown>)[key];
    if (typeof value !== 'string') throw new Error(`${path}: there is no "${key}"`);
    return value;
  });
}
