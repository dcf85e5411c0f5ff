import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { explain } from '../capacity/explain.js';
import { defaultWorkload } from '../capacity/workload.js';
import { basesOf, type LayerJson, type SlotDeclaration } from './layer.js';
import { contributionSchema, declarationSchema, layerFormSchema, slotGroups } from './layer-schema.js';
import { type Fault, pathTo, type References, resolveReferences, suggestion } from './references.js';
import { faultOfSchema, faultsIn } from './schema-faults.js';

interface PartFile {
  path: string;
  source: string;
  /** It is data, and no text. */
  data: boolean;
}

/** A layer as it was read: what layer.json holds is not known yet. */
export interface ReadLayer {
  id: string;
  json: unknown;
  /** The text of its layer.json, which tells the lines of faults. */
  text?: string;
  /** What the folder of its layers is called, `templates` without it. */
  folder?: string;
  parts: readonly PartFile[];
  resourceParts: readonly PartFile[];
}

/** A slot, and the layer that declares it. */
interface DeclaredSlot extends SlotDeclaration {
  owner: string;
}

/** What layers declare, by the name of the slot. */
interface Declarations {
  known: Map<string, DeclaredSlot[]>;
  /** Slots with a declaration that is wrong: what goes to them cannot be judged. */
  broken: Set<string>;
  /** Faults in the declarations of a layer, by its folder. */
  faults: Map<string, Fault[]>;
}

/** Stand in for those of a project, whose values do not matter here. */
const references: References = {
  plan: explain(defaultWorkload).sizes,
  project: { title: 'Made Up', name: 'made-up', snake: 'made_up' },
};

/** The names that `$plan` and `$project` know. */
export const referenceNames = {
  plan: Object.keys(references.plan),
  project: Object.keys(references.project),
};

/**
 * Checks layers as they were read: the form of each layer.json, its declarations, and each contribution and part by the
 * declaration of its slot.
 * @throws Error with a line per fault: the file and its line, the path in it, the reason and the nearest known name
 */
export function checkLayers(layers: readonly ReadLayer[]): void {
  const declarations = declarationsOf(layers);
  const ids = layers.map(({ id }) => id);
  const lines = layers.flatMap((layer) => [
    ...[...faultsOfLayer(layer, declarations), ...faultsOfBase(layer, ids)].map(
      ({ path, message }) =>
        `${fileOf(layer, `${layer.id}/layer.json`)}${placeIn(layer.text, path)}: ${path ? `${path}: ` : ''}${message}`,
    ),
    ...faultsOfParts(layer, declarations),
  ]);
  if (lines.length > 0) throw new Error(lines.join('\n'));
}

/**
 * The declaration that a layer contributes to. Languages may each have a slot of one name, as no project has two of them:
 * a layer below one of them means its own.
 */
export function declarationFor<Declared extends { owner: string }>(
  id: string,
  declarations: readonly Declared[],
): Declared | undefined {
  return declarations.find(({ owner }) => `${id}/`.startsWith(`${owner}/`)) ?? declarations[0];
}

function declarationsOf(layers: readonly ReadLayer[]): Declarations {
  const languages = layers.flatMap(({ id }) => /^languages\/([^/]+)$/.exec(id)?.[1] ?? []);
  const groups = [...slotGroups, ...languages];
  const declarations: Declarations = { known: new Map(), broken: new Set(), faults: new Map() };
  const { known, broken, faults } = declarations;
  for (const { id, json } of layers) {
    for (const [slot, value] of Object.entries(objectAt(json, 'slots'))) {
      const wrong = faultsOfDeclaration(value, pathTo('slots', slot), groups);
      if (wrong.length > 0) broken.add(slot);
      faults.set(id, [...(faults.get(id) ?? []), ...wrong]);
      known.set(slot, [...(known.get(slot) ?? []), { ...(value as SlotDeclaration), owner: id }]);
    }
  }
  return declarations;
}

function faultsOfLayer({ id, json }: ReadLayer, declarations: Declarations): Fault[] {
  return [
    ...faultsIn(json, layerFormSchema),
    ...(declarations.faults.get(id) ?? []),
    ...Object.entries(objectAt(json, 'contributes'))
      .filter(([slot]) => !declarations.broken.has(slot))
      .flatMap(([slot, value]) => faultsOfContribution(id, slot, value, declarations)),
  ];
}

function faultsOfBase({ json }: ReadLayer, ids: readonly string[]): Fault[] {
  const bases = isObject(json) ? basesOf(json) : [];
  return bases
    .filter((base) => typeof base === 'string' && !ids.includes(base))
    .map((base) => ({ path: 'extends', message: `"${base}" is no layer; ${suggestion(base, ids)}` }));
}

function faultsOfDeclaration(value: unknown, path: string, groups: readonly string[]): Fault[] {
  const faults = faultsIn(value, declarationSchema, path);
  if (faults.length > 0) return faults;
  const declaration = value as SlotDeclaration;
  const { kind, group, keys, required = [] } = declaration;
  const known = Object.keys(keys ?? {});
  const fault = (key: keyof SlotDeclaration, message: string | undefined): Fault[] =>
    message === undefined ? [] : [{ path: `${path}.${key}`, message }];
  return [
    ...(groups.includes(group) ? [] : fault('group', `is "${group}"; ${suggestion(group, groups)}`)),
    ...(['text', 'document'].includes(kind)
      ? []
      : fault(keys ? 'keys' : 'items', faultOfSchema(contributionSchema(declaration)))),
    ...required
      .filter((key) => !known.includes(key))
      .flatMap((key) => fault('required', `"${key}" is not among the keys; ${suggestion(key, known)}`)),
  ];
}

function faultsOfContribution(id: string, slot: string, value: unknown, { known }: Declarations): Fault[] {
  const path = pathTo('contributes', slot);
  const declaration = declarationFor(id, known.get(slot) ?? []);
  if (!declaration)
    return [{ path, message: `no layer declares this slot; ${suggestion(slot, [...known.keys()])}` }];
  if (declaration.kind === 'text' || declaration.kind === 'document') {
    const parts = `${id}/parts/${slot}.${declaration.kind === 'text' ? '*' : 'data.yaml'}`;
    return [{ path, message: `"${slot}" is a slot of ${declaration.kind}: it is filled by ${parts}` }];
  }
  const faults: Fault[] = [];
  const resolved = resolveReferences(value, references, path, faults);
  const ofSchema = faultsIn(resolved, contributionSchema(declaration), path);
  const unresolved = (path: string) =>
    faults.some((fault) => path === fault.path || path.startsWith(`${fault.path}.`));
  return [...faults, ...ofSchema.filter((fault) => !unresolved(fault.path))];
}

function faultsOfParts(layer: ReadLayer, { known, broken }: Declarations): string[] {
  const { id, parts, resourceParts } = layer;
  return [...parts, ...resourceParts].flatMap(({ path, source, data }) => {
    const slot = path.split('.')[0]!;
    if (broken.has(slot)) return [];
    const declaration = declarationFor(id, known.get(slot) ?? []);
    if (!declaration)
      return [
        `${fileOf(layer, source)}: no layer declares this slot; ${suggestion(slot, [...known.keys()])}`,
      ];
    const { kind } = declaration;
    if (kind === (data ? 'document' : 'text')) return [];
    return kind === 'text' || kind === 'document'
      ? [
          `${fileOf(layer, source)}: "${slot}" is a slot of ${kind === 'text' ? 'text' : 'documents: its parts end in .data.yaml'}`,
        ]
      : [`${fileOf(layer, source)}: "${slot}" is a slot of data (${kind}): "contributes" fills it`];
  });
}

function fileOf({ folder = 'templates' }: ReadLayer, file: string): string {
  return `${folder}/${file}`;
}

/** `:` and the line of a path in a JSON text, or of what is nearest above it. */
function placeIn(text: string | undefined, path: string): string {
  const root = text === undefined ? undefined : parseTree(text);
  if (!root) return '';
  const keys = [...path.matchAll(/\[("(?:[^"\\]|\\.)*"|\d+)\]|([^.[]+)/g)].map(
    ([, bracket, key]) => key ?? (JSON.parse(bracket!) as string | number),
  );
  let node = findNodeAtLocation(root, keys);
  while (!node) {
    keys.pop();
    node = findNodeAtLocation(root, keys);
  }
  const { offset } = node.parent?.type === 'property' ? node.parent : node;
  return `:${lineAt(text!, offset)}`;
}

/** The line of a place in a text, from 1 on. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(json: unknown, key: keyof LayerJson): Record<string, unknown> {
  const value = isObject(json) ? json[key] : undefined;
  return isObject(value) ? value : {};
}
