/** A path through the scope, name by name; a path inside of it gives the name at its place, as in `images[service.image]`. */
export type Path = readonly (string | Path)[];

/** `((path))` in a document; `((path?))` may lead to nothing, `((path|helper))` is the result of a helper for the value. */
export interface Reference {
  path: Path;
  optional?: true;
  helper?: string;
}

/** A text of a document: as it is written, or with references in between. */
export type Text = string | readonly (string | Reference)[];

/**
 * How a scalar is written. `plain` is as in the source; `auto` is quoted where YAML needs it, for what comes from a
 * reference; `literal` and `folded` are blocks, one line of text for each line of the block.
 */
export type Style = 'plain' | 'auto' | 'single' | 'double' | 'literal' | 'folded';

export interface Scalar {
  $kind: 'scalar';
  text: Text;
  style: Style;
  /** The value of a plain text that is no string. */
  value?: number | boolean | null;
  /** A comment that goes beside it, wherever it is put. */
  beside?: string | undefined;
  anchor?: string | undefined;
  /** It holds a reference. */
  open?: true;
}

export interface Alias {
  $kind: 'alias';
  name: string;
}

/** `$each name of path if path`: the entry is written for each item; `$if path`: it is written once, or not. */
export interface Loop {
  /** The name of the item, or those of key and value; none without a loop. */
  names: readonly string[];
  of?: Reference;
  /** Whether `of` is one value, which gets the name, in place of a collection. */
  once?: true;
  /** Where this is missing, empty or false, nothing is written. */
  condition?: Path;
}

/** A key with its value, or an item of a sequence. */
export interface Entry {
  /** Missing in a sequence. */
  key?: Scalar | undefined;
  value: Node;
  /** A blank line stands before it. */
  gap?: true | undefined;
  /** The comment above it, without `#`. */
  above?: Text | undefined;
  /** The comment on its line, without `#`. */
  beside?: string | undefined;
  loop?: Loop;
  /** It holds a reference or a loop. */
  open?: true;
  /** Its line in the source, from 1 on; the published package does not have it. */
  line?: number;
  /** Text that the writers put before it, to follow it into the file; see `readDocument`. */
  mark?: string | undefined;
}

export interface Collection {
  $kind: 'map' | 'sequence';
  entries: readonly Entry[];
  /** On one line, in brackets. */
  flow?: true;
  /** Of a sequence: its entries are the documents of one file, with `---` between them. */
  documents?: true;
  /** Of a sequence: it becomes one text, each entry a line of a block or a word. */
  joined?: 'lines' | 'folded' | 'words';
  anchor?: string | undefined;
  open?: true;
}

/**
 * A document, or a value in it. Comments, blank lines and the style of the source stay with it. No field of a resource is
 * called `$kind`, so sample data is never taken for a node.
 */
export type Node = Scalar | Alias | Collection;

const kinds = new Set(['scalar', 'alias', 'map', 'sequence'] satisfies Node['$kind'][]);

/** Whether a value is a node, and no data of a slot. */
export function isNode(value: unknown): value is Node {
  if (typeof value !== 'object' || value === null || !('$kind' in value)) return false;
  return (
    kinds.has(value.$kind as Node['$kind']) && ('entries' in value || 'text' in value || 'name' in value)
  );
}
