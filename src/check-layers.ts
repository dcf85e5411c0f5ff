import type { LayerJson, SlotDeclaration } from './layer.js';
import { contributionSchema, declarationSchema, layerFormSchema, slotGroups } from './layer-schema.js';
import { defaultLoad } from './load.js';
import { explain } from './plan/explain.js';
import { type Fault, pathTo, type References, resolveReferences, suggestion } from './references.js';
import { faultOfSchema, faultsIn } from './schema-faults.js';

/** A layer as it was read: what layer.json holds is not known yet. */
export interface ReadLayer {
  id: string;
  json: unknown;
  parts: readonly { path: string; source: string }[];
  resourceParts: readonly { path: string; source: string }[];
}

/** A slot, and the layer that declares it. */
export interface DeclaredSlot extends SlotDeclaration {
  owner: string;
}

/** Stand in for those of a project, whose values do not matter here. */
const references: References = {
  plan: explain(defaultLoad).sizes,
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
 * @throws Error with a line for each thing that is wrong: the file, the path in it, what it is and the nearest known name
 */
export function checkLayers(layers: readonly ReadLayer[]): void {
  const languages = layers.flatMap(({ id }) => /^languages\/([^/]+)$/.exec(id)?.[1] ?? []);
  const groups = [...slotGroups, ...languages];
  const whole = layers.filter(({ json }) => isObject(json));
  const slots = whole.flatMap(({ id, json }) =>
    Object.entries(objectAt(json, 'slots')).map(([name, value]) => ({
      id,
      name,
      value,
      faults: faultsOfDeclaration(value, pathTo('slots', name), groups),
    })),
  );
  const declared = new Map<string, DeclaredSlot[]>();
  for (const { id, name, value } of slots)
    declared.set(name, [...(declared.get(name) ?? []), { ...(value as SlotDeclaration), owner: id }]);
  const broken = new Set(slots.filter(({ faults }) => faults.length > 0).map(({ name }) => name));

  const lines = layers.flatMap((layer) => {
    const { id, json } = layer;
    const faults = [
      ...faultsIn(json, layerFormSchema),
      ...slots.filter((slot) => slot.id === id).flatMap((slot) => slot.faults),
      ...Object.entries(objectAt(json, 'contributes')).flatMap(([slot, value]) =>
        broken.has(slot) ? [] : faultsOfContribution(id, slot, value, declared),
      ),
    ];
    return [
      ...faults.map(
        ({ path, message }) => `templates/${id}/layer.json: ${path ? `${path}: ` : ''}${message}`,
      ),
      ...faultsOfParts(layer, declared),
    ];
  });
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
    ...(kind === 'text'
      ? []
      : fault(keys ? 'keys' : 'items', faultOfSchema(contributionSchema(declaration)))),
    ...required
      .filter((key) => !known.includes(key))
      .flatMap((key) => fault('required', `"${key}" is not among the keys; ${suggestion(key, known)}`)),
  ];
}

function faultsOfContribution(
  id: string,
  slot: string,
  value: unknown,
  declared: ReadonlyMap<string, DeclaredSlot[]>,
): Fault[] {
  const path = pathTo('contributes', slot);
  const declaration = declarationFor(id, declared.get(slot) ?? []);
  if (!declaration)
    return [{ path, message: `no layer declares this slot; ${suggestion(slot, [...declared.keys()])}` }];
  if (declaration.kind === 'text')
    return [{ path, message: `"${slot}" is a slot of text: it is filled by ${id}/parts/${slot}.*` }];
  const faults: Fault[] = [];
  const resolved = resolveReferences(value, references, path, faults);
  const ofSchema = faultsIn(resolved, contributionSchema(declaration), path);
  return [
    ...faults,
    ...ofSchema.filter((fault) => !faults.some((other) => fault.path.startsWith(other.path))),
  ];
}

function faultsOfParts(
  { id, parts, resourceParts }: ReadLayer,
  declared: ReadonlyMap<string, DeclaredSlot[]>,
): string[] {
  return [...parts, ...resourceParts].flatMap(({ path, source }) => {
    const slot = path.split('.')[0]!;
    const declaration = declarationFor(id, declared.get(slot) ?? []);
    if (!declaration)
      return [`templates/${source}: no layer declares this slot; ${suggestion(slot, [...declared.keys()])}`];
    return declaration.kind === 'text'
      ? []
      : [`templates/${source}: "${slot}" is a slot of data (${declaration.kind}): "contributes" fills it`];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(json: unknown, key: keyof LayerJson): Record<string, unknown> {
  const value = isObject(json) ? json[key] : undefined;
  return isObject(value) ? value : {};
}
