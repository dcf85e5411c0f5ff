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

/** A fault at a line of a document or a template, from 1 on. */
export class LineError extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

/**
 * Puts values in the place of references and runs loops.
 * @returns undefined where nothing is left: an optional reference to nothing, a collection whose loops gave no entry
 * @throws LineError naming the reference to a missing value, and Error where lines are not known
 */
export function fill(node: Node, scope: Scope): Node | undefined {
  if (node.$kind === 'alias' || !node.open) return node;
  if (node.$kind === 'scalar') return fillScalar(node, scope);
  const entries: Entry[] = [];
  for (const entry of node.entries) addFilled(entries, entry, scope, node.$kind);
  if (entries.length === 0) return undefined;
  return node.joined ? joined(entries, node.joined) : { ...node, entries };
}

function joined(entries: readonly Entry[], how: NonNullable<Collection['joined']>): Scalar {
  const texts = entries.map(({ value }) => {
    if (value.$kind !== 'scalar') throw new Error(`$${how} takes texts`);
    return value.text;
  });
  if (how === 'words') return { $kind: 'scalar', text: texts.join(' '), style: 'auto' };
  return how === 'folded'
    ? { $kind: 'scalar', text: texts.join('\n'), style: 'folded' }
    : { $kind: 'scalar', text: `${texts.join('\n')}\n`, style: 'literal' };
}

function fillScalar(node: Scalar, scope: Scope): Node | undefined {
  const { text, anchor } = node;
  const [only, ...others] = text;
  if (typeof only === 'object' && others.length === 0) {
    const value = resolve(only, scope);
    if (only.optional && isEmpty(value)) return undefined;
    if (node.style === 'plain') {
      const made = nodeOf(value);
      return anchor && made.$kind !== 'alias' ? { ...made, anchor } : made;
    }
  }
  const style = node.style === 'plain' ? 'auto' : node.style;
  return { $kind: 'scalar', text: fillText(text, scope), style, anchor };
}

/** Adds what an entry becomes: itself where it holds no reference. @throws LineError with the line of the entry */
function addFilled(entries: Entry[], entry: Entry, scope: Scope, kind: Collection['$kind']): void {
  if (!entry.open) {
    entries.push(entry);
    return;
  }
  try {
    if (entry.loop) for (const inner of rounds(entry.loop, scope)) addRound(entries, entry, inner, kind);
    else addOne(entries, entry, scope);
  } catch (error) {
    if (error instanceof LineError || entry.line === undefined) throw error;
    throw new LineError((error as Error).message, entry.line);
  }
}

function addOne(entries: Entry[], { key, value, gap, above, beside, mark }: Entry, scope: Scope): void {
  const made = fill(value, scope);
  if (!made) return;
  entries.push({
    key: key?.open ? (fillScalar(key, scope) as Scalar) : key,
    value: made,
    gap,
    above: fillComment(above, scope),
    beside: made.$kind === 'scalar' && made.beside !== undefined ? made.beside : beside,
    mark,
  });
}

/** Adds what a loop gives for one item: entries of a map, the items of a list, or one item. */
function addRound(entries: Entry[], entry: Entry, scope: Scope, kind: Collection['$kind']): void {
  const { value, gap, above } = entry;
  const place = entries.length;
  if (value.$kind !== kind) {
    if (kind === 'map') throw new Error('a loop in a map holds a map');
    addOne(entries, entry, scope);
    return;
  }
  for (const below of (value as Collection).entries) addFilled(entries, below, scope, kind);
  const first = entries[place];
  if (first && (gap || above !== undefined))
    entries[place] = { ...first, gap: gap ?? first.gap, above: fillComment(above, scope) ?? first.above };
}

/** A scope for each item, or for the one value, if there is one. */
function rounds({ names: [first, second], of, condition, once }: Loop, scope: Scope): Scope[] {
  if (once) {
    const value = resolve(of!, scope);
    return isEmpty(value) ? [] : [{ ...scope, [first!]: value }];
  }
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
  if (typeof value === 'number') return Array.from({ length: value }, (_, place) => [place, place + 1]);
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value as object);
}

/**
 * Fills a comment line by line: one with a list stands there once for each item, one with an optional reference to
 * nothing not at all. @returns undefined when no line is left
 */
function fillComment(text: Text | undefined, scope: Scope): string | undefined {
  if (typeof text !== 'object') return text;
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
  let filled = '';
  for (const part of text) {
    const value = typeof part === 'string' ? part : (resolve(part, scope) ?? '');
    if (typeof value === 'object') throw new Error(`"${pathText((part as Reference).path)}" is no text`);
    filled += value;
  }
  return filled;
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return itemsOf(value).length === 0;
  return value === undefined || value === null || value === false || value === '';
}

/** A node of a value: collections on one line. */
function nodeOf(value: unknown): Node {
  if (isNode(value)) return value;
  if (typeof value === 'string') return { $kind: 'scalar', text: value, style: 'auto' };
  if (typeof value !== 'object' || value === null)
    return { $kind: 'scalar', text: String(value), style: 'plain', value: value as number | boolean | null };
  const entries = Array.isArray(value)
    ? value.map((item) => ({ value: nodeOf(item) }))
    : Object.entries(value).map(([key, item]) => ({ key: nodeOf(key) as Scalar, value: nodeOf(item) }));
  return { $kind: Array.isArray(value) ? 'sequence' : 'map', flow: true, entries, open: true };
}
