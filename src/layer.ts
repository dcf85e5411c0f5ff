import type { Reserved } from './names.js';

/** What a slot collects: `text` joins parts, `list` keeps order, `set` sorts and drops repeats, `map` merges by key, `min` takes the least. */
export type SlotKind = 'text' | 'list' | 'set' | 'map' | 'min';

/** How the packages of a project are installed. */
export interface Installation {
  /** The program and its arguments, separated by spaces. */
  command: string;
  /** Variables that are set for it. */
  environment?: Record<string, string>;
  /** Files and folders that it makes. */
  leaves: string[];
}

/** The data of a layer, as it stands in layer.json. */
export interface LayerData {
  /** What `list` and the prompts show. */
  title?: string;
  /** One line beside the title. */
  hint?: string;
  /** Order among the values of an axis (the lowest is the default) and among the always-on layers. */
  rank?: number;
  /** Values of other axes that this one needs, by axis. */
  requires?: Record<string, string[]>;
  /** The sentence a user reads when `requires` is not met. */
  because?: string;
  /** The layer, by its folder below templates/, that comes before this one: what several values have in common. */
  extends?: string;
  /** Slots whose collected contributions this layer's files render. */
  slots?: Record<string, SlotKind>;
  /** Names that it keeps for itself; they are kept whichever values are chosen, since a choice can change. */
  reserved?: Reserved;
  /** Of a package manager: how it installs, and what that leaves in a folder. */
  installation?: Installation;
  /** What this layer adds to slots, its own or those of other layers. */
  contributes?: Record<string, unknown>;
}

/** Text that is copied as it stands, or a function made from a Handlebars template. */
export type Body = string | ((context: object) => string);

export interface LayerFile {
  /** Target path with `/`; may hold `{name}` placeholders of a resource. */
  path: string;
  body: Body;
  executable: boolean;
}

export interface Part {
  slot: string;
  body: Body;
}

export interface Layer {
  /** The folder below templates/, with `/`. */
  id: string;
  data: LayerData;
  files: LayerFile[];
  parts: Part[];
  /** Rendered once for each resource. */
  resourceFiles: LayerFile[];
  resourceParts: Part[];
}

const known = {
  title: 'string',
  hint: 'string',
  rank: 'number',
  requires: 'object',
  because: 'string',
  extends: 'string',
  slots: 'object',
  contributes: 'object',
  reserved: 'object',
  installation: 'object',
};
const kinds: readonly string[] = ['text', 'list', 'set', 'map', 'min'] satisfies SlotKind[];
const reservable: readonly string[] = ['resources', 'firstWords', 'fields'] satisfies (keyof Reserved)[];

/**
 * Checks the content of a layer.json.
 * @throws Error naming the layer and every property that is wrong
 */
export function checkLayerData(id: string, data: unknown): LayerData {
  const wrong: string[] = [];
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new Error(`templates/${id}/layer.json: not an object`);
  }
  for (const [key, value] of Object.entries(data)) {
    const type = known[key as keyof typeof known];
    if (key === '$schema') continue;
    if (!type) wrong.push(`"${key}" is not known (known: ${Object.keys(known).join(', ')})`);
    else if (typeof value !== type || Array.isArray(value)) wrong.push(`"${key}" must be of type ${type}`);
  }
  const layer = data as LayerData;
  for (const [slot, kind] of Object.entries(layer.slots ?? {})) {
    if (!kinds.includes(kind))
      wrong.push(`slot "${slot}" has kind "${kind}" (possible: ${kinds.join(', ')})`);
  }
  for (const [kind, names] of Object.entries(layer.reserved ?? {})) {
    if (!reservable.includes(kind))
      wrong.push(`"reserved.${kind}" is not known (known: ${reservable.join(', ')})`);
    else if (Object.values(names).some((reason) => typeof reason !== 'string'))
      wrong.push(`"reserved.${kind}" must give a reason for each name`);
  }
  for (const [axis, values] of Object.entries(layer.requires ?? {})) {
    if (!Array.isArray(values) || values.some((value) => typeof value !== 'string'))
      wrong.push(`"requires.${axis}" must be a list of values`);
  }
  if (layer.requires && !layer.because) wrong.push('"requires" needs "because"');
  if (wrong.length > 0) throw new Error(`templates/${id}/layer.json: ${wrong.join('; ')}`);
  return layer;
}
