import {
  type Collection,
  type Entry,
  isNode,
  type Loop,
  type Node,
  type Reference,
  type Scalar,
  type Text,
} from './node.js';
import { pathText, resolve, type Scope } from './reference.js';

/**
 * Puts values in the place of references and runs loops.
 * @returns undefined where nothing is left: an optional reference to nothing, a collection whose loops gave no entry
 * @throws Error naming the reference to what is not there
 */
export function fill(node: Node, scope: Scope): Node | undefined {
  if (node.kind === 'alias' || !node.open) return node;
  if (node.kind === 'scalar') return fillScalar(node, scope);
  const entries = node.entries.flatMap((entry) => filled(entry, scope, node.kind));
  if (entries.length === 0) return undefined;
  if (node.joined) return joined(entries, node.joined);
  const { open: _, ...rest } = node;
  return { ...rest, entries };
}

function joined(entries: readonly Entry[], how: NonNullable<Collection['joined']>): Scalar {
  const texts = entries.map(({ value }) => {
    if (value.kind !== 'scalar') throw new Error(`$${how} takes texts`);
    return value.text;
  });
  if (how === 'words') return { kind: 'scalar', text: texts.join(' '), style: 'auto' };
  return how === 'folded'
    ? { kind: 'scalar', text: texts.join('\n'), style: 'folded' }
    : { kind: 'scalar', text: `${texts.join('\n')}\n`, style: 'literal' };
}

function fillScalar(node: Scalar, scope: Scope): Node | undefined {
  const { text, anchor } = node;
  const [only, ...others] = text;
  if (typeof only === 'object' && others.length === 0) {
    const value = resolve(only, scope);
    if (only.optional && isEmpty(value)) return undefined;
    if (node.style === 'plain') return { ...nodeOf(value), ...(anchor ? { anchor } : {}) };
  }
  const { open: _, ...rest } = node;
  return { ...rest, text: fillText(text, scope), style: node.style === 'plain' ? 'auto' : node.style };
}

function filled(entry: Entry, scope: Scope, kind: Collection['kind']): Entry[] {
  if (entry.loop) return rounds(entry.loop, scope).flatMap((inner) => round(entry, inner, kind));
  const value = fill(entry.value, scope);
  if (!value) return [];
  const { key, above, ...rest } = entry;
  const comment = above === undefined ? undefined : fillComment(above, scope);
  return [
    {
      ...rest,
      value,
      ...('beside' in value ? { beside: value.beside } : {}),
      ...(key ? { key: key.open ? (fillScalar(key, scope) as Scalar) : key } : {}),
      ...(comment === undefined ? {} : { above: comment }),
    },
  ];
}

/** What a loop gives for one item: entries of a map, the items of a list, or one item. */
function round(entry: Entry, scope: Scope, kind: Collection['kind']): Entry[] {
  const { loop: _, ...plain } = entry;
  const inner = entry.value;
  const spliced = inner.kind === kind;
  if (kind === 'map' && !spliced) throw new Error('a loop in a map holds a map');
  if (!spliced) return filled(plain, scope, kind);
  const entries = inner.entries.flatMap((below) => filled(below, scope, kind));
  const [first, ...others] = entries;
  if (!first) return [];
  const above = entry.above === undefined ? undefined : fillComment(entry.above, scope);
  return [
    { ...first, ...(entry.gap ? { gap: true } : {}), ...(above === undefined ? {} : { above }) },
    ...others,
  ];
}

/** A scope for each item. */
function rounds({ names: [first, second], of, condition }: Loop, scope: Scope): Scope[] {
  const named = ([key, item]: [unknown, unknown]): Scope =>
    second ? { ...scope, [first!]: key, [second]: item } : { ...scope, [first!]: item };
  const scopes = of ? itemsOf(resolve(of, scope) ?? []).map(named) : [scope];
  return scopes.filter(
    (inner) => !condition || !isEmpty(resolve({ path: condition, optional: true }, inner)),
  );
}

function itemsOf(value: unknown): [key: unknown, item: unknown][] {
  if (isNode(value)) {
    if (!('entries' in value)) throw new Error('a loop goes over a list or a map');
    return value.entries.map((entry) => [entry.key, entry.value]);
  }
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value as object);
}

/**
 * Fills a comment line by line: one with a list stands there once for each item, one with an optional reference to
 * nothing not at all. @returns undefined when no line is left
 */
function fillComment(text: Text, scope: Scope): string | undefined {
  if (typeof text === 'string') return text;
  const lines = linesOf(text).flatMap((line) => {
    const listed = line.find((part) => typeof part === 'object' && Array.isArray(resolve(part, scope)));
    if (typeof listed === 'object')
      return (resolve(listed, scope) as unknown[]).map((item) =>
        fillText(
          line.map((part) => (part === listed ? String(item) : part)),
          scope,
        ),
      );
    const missing = line.some(
      (part) => typeof part === 'object' && part.optional && isEmpty(resolve(part, scope)),
    );
    return missing ? [] : [fillText(line, scope)];
  });
  return lines.length === 0 ? undefined : lines.join('\n');
}

function linesOf(text: Exclude<Text, string>): (string | Reference)[][] {
  const lines: (string | Reference)[][] = [[]];
  for (const part of text) {
    const [first, ...others] = typeof part === 'string' ? part.split('\n') : [part];
    lines.at(-1)!.push(first!);
    lines.push(...others.map((line) => [line]));
  }
  return lines;
}

function fillText(text: Text, scope: Scope): string {
  if (typeof text === 'string') return text;
  return text
    .map((part) => {
      if (typeof part === 'string') return part;
      const value = resolve(part, scope);
      if (typeof value === 'object') throw new Error(`"${pathText(part.path)}" is no text`);
      return value ?? '';
    })
    .join('');
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return itemsOf(value).length === 0;
  return value === undefined || value === null || value === false || value === '';
}

/** A node of a value: collections on one line. */
function nodeOf(value: unknown): Node {
  if (isNode(value)) return value;
  if (typeof value === 'string') return { kind: 'scalar', text: value, style: 'auto' };
  if (typeof value !== 'object' || value === null)
    return { kind: 'scalar', text: String(value), style: 'plain', value: value as number | boolean | null };
  const entries = Array.isArray(value)
    ? value.map((item) => ({ value: nodeOf(item) }))
    : Object.entries(value).map(([key, item]) => ({ key: nodeOf(key) as Scalar, value: nodeOf(item) }));
  return { kind: Array.isArray(value) ? 'sequence' : 'map', flow: true, entries };
}
