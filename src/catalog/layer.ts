import type { Node } from '../documents/node.js';
import type { TableChanges } from '../resources/migrations.js';
import type { Reserved } from '../resources/names.js';

/**
 * How a slot collects contributions: `text` joins parts, `document` merges parts that are data, `list` keeps order, `set` sorts and
 * drops repeats, `map` merges by key, `min` takes the least, `value` takes one value of one layer.
 */
export type SlotKind = 'text' | 'document' | 'list' | 'set' | 'map' | 'min' | 'value';

/** A JSON Schema, draft 2020-12. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A slot, as its owner declares it in layer.json. */
export interface SlotDeclaration {
  kind: SlotKind;
  /** The heading of docs/slots.md that it stands under. */
  group: string;
  /** Its purpose, in one sentence. */
  about: string;
  /** Of one item of a list or set, of each value of a map, of the number of a minimum, or of the value. */
  items?: JsonSchema;
  /** Of a map whose keys are known: the schema of each value, in place of `items`. */
  keys?: Readonly<Record<string, JsonSchema>>;
  /** Of a map with `keys`: the required ones. */
  required?: readonly string[];
}

/** How the packages of a project are installed. */
export interface Installation {
  /** The program and its arguments, separated by spaces. */
  command: string;
  /** Variables that are set for it. */
  environment?: Record<string, string>;
  /** Files that say which packages it installs. */
  reads: string[];
  /** Files and folders that it makes. */
  leaves: string[];
  /** A file of it which, empty, makes a folder a project of its own below another one. */
  claims?: string;
  /** Where a folder above says that the project is installed with others. */
  workspace?: Workspace;
  /** How it works without a network, from a cache that was filled before. */
  offline?: Offline;
}

/** The list of the members of a workspace. */
export interface Workspace {
  /** The file of a folder above: JSON, or TOML by its ending. */
  file: string;
  /** The path of keys, with dots, to the patterns of its members. */
  table: string;
  /** What excludes a project, and where it is written; `{folder}` stands for the path of the project. */
  exclusion: string;
}

/** The commands of a package manager with a cache in a folder, which stands for `{cache}` in them. */
export interface Offline {
  /** Fills the cache, by an installation. Other names in braces stand for values of a system. */
  fill: string;
  /** Installs from it. */
  install: string;
  /** The systems that one computer can fill it for; without them, it is for computers like the one that fills it. */
  systems?: Record<string, string>[];
  /** What a computer needs besides Node.js, and how to get it. */
  needs?: string;
  /** What the packages take on disk, and their download, in megabytes. */
  diskMb: number;
  networkMb: number;
}

/** The data of a layer, as rendering needs it. */
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
  /** The layers, by their folders below templates/, that come before this one: what several values have in common. */
  extends?: string | string[];
  /** Slots whose collected contributions this layer's files render. */
  slots?: Record<string, SlotKind>;
  /** Names that it keeps for itself; they are kept whichever values are chosen, since a choice can change. */
  reserved?: Reserved;
  /** Marks of resources that do not go with this value, each with the reason. */
  refuses?: Record<string, string>;
  /** Of a database: how it changes a table. */
  tableChanges?: TableChanges;
  /** Of a package manager: how it installs, and what that leaves in a folder. */
  installation?: Installation;
  /** What this layer adds to slots, its own or those of other layers. */
  contributes?: Record<string, unknown>;
}

/** The layers that come before a layer. */
export function basesOf(layer: Pick<LayerData, 'extends'> | null | undefined): string[] {
  return [layer?.extends ?? []].flat();
}

/** The content of layer.json: the same, with slots as they are declared. */
export interface LayerJson extends Omit<LayerData, 'slots'> {
  /** Where an editor finds the schema of this file. */
  $schema?: string;
  slots?: Record<string, SlotDeclaration>;
}

/** Data with references, or a part of such: it is filled and serialized. */
export interface DocumentBody {
  read: () => Node;
  /** Its file, for errors; the published package does not have it. */
  source?: string;
}

/** Made from a Handlebars template. */
export interface TemplateBody {
  (context: object): string;
  /** As that of a document. */
  source?: string;
}

/** Text that is copied as it stands, a template, or a document. */
export type Body = string | TemplateBody | DocumentBody;

export interface LayerFile {
  /** Target path with `/`; may hold `{name}` placeholders of a resource, or of a migration. */
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
  /** Rendered once for each migration of a change of a resource. */
  migrationFiles: LayerFile[];
}
