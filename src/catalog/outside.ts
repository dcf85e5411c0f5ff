import { hash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import Handlebars from 'handlebars';
import type { Problem } from '../cli/errors.js';
import { readDocument } from '../documents/read.js';
import { assemble } from './assemble.js';
import { type AxisSpec, axes } from './axes.js';
import { bodiesOf, compileOptions } from './bodies.js';
import { Catalog } from './catalog.js';
import { checkLayers, type ReadLayer } from './check-layers.js';
import { basesOf, type Layer, type LayerData, type SlotDeclaration } from './layer.js';
import type { LayersSource } from './layers-source.js';
import { questionsIn } from './questions.js';
import { suggestion } from './references.js';
import { findLayers, readPresets, readVersions, type SourceFile, sourceOf } from './template-files.js';

/** A folder of layers that has been read. */
interface Found {
  source: LayersSource;
  layers: ReturnType<typeof findLayers>;
  versions: ReturnType<typeof readVersions>;
  presets: ReturnType<typeof readPresets>;
}

const command = 'create-scalable-api shop --layers ./layers';

/**
 * Adds layers from outside of this package to its catalogue. A layer replaces the one in the same folder, of this package or of
 * a source before it; versions and presets replace those of their name.
 * @param declared the slots that each of our layers declares
 * @param sources folders and packages, in their order
 * @param directory the folder that they are looked for from
 * @returns the catalogue, or all that is wrong with the layers
 */
export function withLayers(
  catalog: Catalog,
  declared: Readonly<Record<string, Record<string, SlotDeclaration>>>,
  sources: readonly { from: string }[],
  directory: string,
): Catalog | Problem[] {
  const problems: Problem[] = [];
  const attempt = <Value>(from: string, work: () => Value): Value | undefined => {
    try {
      return work();
    } catch (error) {
      const lines = (error as Error).message.split('\n');
      problems.push(...lines.map((possible) => ({ given: `layers of "${from}"`, possible, command })));
      return undefined;
    }
  };
  const found = sources.flatMap(({ from }) => attempt(from, () => read(from, directory)) ?? []);
  if (problems.length > 0) return problems;

  const named = sources.map(({ from }) => from).join('", "');
  const outside = new Map(found.flatMap(({ layers }) => layers.map((layer) => [layer.id, layer])));
  const ours = catalog.layers.filter(({ id }) => !outside.has(id));
  const all: ReadLayer[] = [
    ...ours.map((layer) => asRead(layer, declared[layer.id] ?? {})),
    ...outside.values(),
  ];
  attempt(named, () => failWith([...outside.values()].flatMap((layer) => slotsMissing(layer, declared))));
  if (problems.length > 0) return problems;
  attempt(named, () => checkLayers(all));
  attempt(named, () => failWith([...outside.values()].flatMap((layer) => faultsOfFolder(layer, all))));
  if (problems.length > 0) return problems;
  const checked = [...outside.values()].map((layer) => ({ folder: layer.folder, ...sourceOf(layer) }));
  const values = new Set(
    [...ours, ...checked].flatMap(({ data }) =>
      Object.entries(data.slots ?? {}).flatMap(([slot, kind]) => (kind === 'value' ? [`slots.${slot}`] : [])),
    ),
  );
  const options = compileOptions(Object.keys(catalog.helpers));
  for (const { folder, files, parts, resourceFiles, resourceParts } of checked)
    for (const file of [...files, ...parts, ...resourceFiles, ...resourceParts])
      attempt(named, () => failWith(faultsOfFile(file, folder, values, options)));
  if (problems.length > 0) return problems;

  const bodies = new Map(found.map(({ source }) => [source.from, bodiesOf(source.from, catalog.helpers)]));
  const layers = checked.map((layer) => assemble(layer, bodies.get(layer.folder)!));
  const versions = [catalog.versions, ...found.map((each) => each.versions)];
  const presets = [...catalog.presets, ...found.flatMap((each) => each.presets)];
  return new Catalog(
    [...ours, ...layers],
    {
      npm: Object.assign({}, ...versions.map(({ npm }) => npm)),
      pypi: Object.assign({}, ...versions.map(({ pypi }) => pypi)),
      images: Object.assign({}, ...versions.map(({ images }) => images)),
      actions: Object.assign({}, ...versions.map(({ actions }) => actions)),
    },
    [...new Map(presets.map((preset) => [preset.name, preset])).values()],
    catalog.helpers,
    found.map(({ source }) => source),
  );
}

/** @throws Error when there is no such folder or package, or no layer in it */
function read(from: string, directory: string): Found {
  const { root, version } = placeOf(from, path.resolve(directory));
  const layers = findLayers(root, from);
  if (layers.length === 0) throw new Error(`there is no layer.json below ${root}`);
  const content = { layers, versions: readVersions(root), presets: readPresets(root) };
  const read = content.layers.map(({ folder, root: _, json, ...layer }) => layer);
  const digest = hash('sha256', JSON.stringify({ ...content, layers: read })).slice(0, 32);
  return { ...content, source: { from, ...(version === undefined ? {} : { version }), hash: digest } };
}

function placeOf(from: string, directory: string): { root: string; version?: string } {
  if (from.startsWith('.') || path.isAbsolute(from)) {
    const root = path.resolve(directory, from);
    if (!fs.statSync(root, { throwIfNoEntry: false })?.isDirectory())
      throw new Error(`there is no folder ${root}`);
    return { root };
  }
  const folders = createRequire(path.join(directory, 'package.json')).resolve.paths(from) ?? [];
  const folder = folders
    .map((modules) => path.join(modules, from))
    .find((place) => fs.existsSync(path.join(place, 'package.json')));
  if (!folder)
    throw new Error(
      `no package of this name is installed for ${directory}; a folder begins with ./, ../ or /`,
    );
  const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const root = path.join(folder, 'layers');
  if (!fs.existsSync(root)) throw new Error(`the package has no folder "layers"`);
  return { root, version };
}

function asRead(
  { id, data, parts, resourceParts }: Layer,
  slots: Record<string, SlotDeclaration>,
): ReadLayer {
  const part = ({ slot, body }: Layer['parts'][number]) => ({
    path: slot,
    source: `${id}/parts/${slot}`,
    data: typeof body === 'object',
  });
  return { id, json: { ...data, slots }, parts: parts.map(part), resourceParts: resourceParts.map(part) };
}

/** A layer that replaces one of ours has its slots, as other layers contribute to them. */
function slotsMissing(
  { id, folder, json }: ReadLayer,
  declared: Readonly<Record<string, Record<string, SlotDeclaration>>>,
): string[] {
  const own = (json as { slots?: object } | null)?.slots ?? {};
  return Object.keys(declared[id] ?? {})
    .filter((slot) => !Object.hasOwn(own, slot))
    .map(
      (slot) =>
        `${folder}/${id}/layer.json:1: slots: has no "${slot}", which the layer that it replaces declares`,
    );
}

function faultsOfFolder(
  { id, folder, root }: ReadLayer & { root: string },
  all: readonly ReadLayer[],
): string[] {
  return [
    ...(isSelected(id, all)
      ? []
      : [
          `${folder}/${id}: nothing selects a layer in this folder; ${suggestion(id.split('/')[0]!, [...folders(), 'languages'])}`,
        ]),
    ...['helpers.ts', 'helpers.js']
      .filter((name) => fs.existsSync(path.join(root, id, name)))
      .map(
        (name) =>
          `${folder}/${id}/${name}: layers from outside have no code; templates call the helpers that are there`,
      ),
  ];
}

function folders(ofLanguage = false): string[] {
  return axes.filter((axis: AxisSpec) => ofLanguage || !axis.inLanguage).map(({ folder }) => folder);
}

/** Whether choices can select a layer, by its folder, or another layer extends it. */
function isSelected(id: string, all: readonly ReadLayer[]): boolean {
  if (all.some(({ json }) => basesOf(json as LayerData | null).includes(id))) return true;
  const [, language, part] = /^(languages\/[^/]+)(?:\/(?:frameworks\/[^/]+\/)?(.+))?$/.exec(id) ?? [];
  const value = `(?:${folders(language !== undefined).join('|')})/[^/]+`;
  if (language === undefined) return new RegExp(`^(?:[^/]+|${value}(?:/${value})?)$`).test(id);
  if (part === undefined) return true;
  const isThere = (other: string) => all.some((layer) => layer.id === other);
  return isThere(language) && (new RegExp(`^${value}$`).test(part) || (!part.includes('/') && isThere(part)));
}

function faultsOfFile(
  file: SourceFile,
  folder: string,
  values: ReadonlySet<string>,
  options: ReturnType<typeof compileOptions>,
): string[] {
  const source = `${folder}/${file.source}`;
  if (!file.data && !file.template) return [];
  try {
    if (file.data) readDocument(file.text, source);
    else Handlebars.precompile(file.text, options);
  } catch (error) {
    const { message, lineNumber } = error as Error & { lineNumber?: number };
    const [first = ''] = message.replace(`${source}: `, '').split(':\n');
    return [`${source}:${lineNumber ?? /line (\d+)/.exec(first)?.[1]}: ${first}`];
  }
  return questionsIn(file.source, file.text, values).map(
    ({ text, line }) =>
      `${source}:${line}: ${text} asks about a choice, which no template does; let a layer contribute to a slot`,
  );
}

function failWith(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
