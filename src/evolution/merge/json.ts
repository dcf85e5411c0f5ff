import { isDeepStrictEqual } from 'node:util';
import { findNodeAtLocation, type Node, type ParseError, parse, parseTree, visit } from 'jsonc-parser';
import { eachSide, type Merge, markAll, mergeText } from './text.js';
import { isMap, itemsOf, mergeValues, type Value } from './values.js';

/**
 * Merges JSON, also with comments, by key: changes of the template are written into the owner's text, which keeps its format.
 * Values that both changed in different ways are marked.
 */
export const mergeJson: Merge = (texts, labels) => {
  const byLine = mergeText(texts, labels);
  const { base, mine, theirs } = eachSide(texts, readJson);
  if (base === undefined || mine === undefined || theirs === undefined) return byLine;
  const merged = mergeValues({ base, mine, theirs }, 'mine');
  if (byLine.clashes === 0) {
    const value = readJson(byLine.text);
    // Lists whose items nothing identifies are merged by line alone.
    const agrees = merged.clashes === 0 ? isDeepStrictEqual(value, merged.value) : merged.inLists;
    if (value !== undefined && agrees) return byLine;
  }
  const fallback = byLine.clashes > 0 ? byLine : markAll(texts, labels);
  // A merge by key has no place for new comments.
  if (!isDeepStrictEqual(commentsOf(texts.base), commentsOf(texts.theirs))) return fallback;
  const textFor = (side: keyof typeof texts) =>
    edited(texts.mine, [], mine, mergeValues({ base, mine, theirs }, side).value!);
  const text = textFor('mine');
  if (merged.clashes === 0)
    return isDeepStrictEqual(readJson(text), merged.value) ? { text, clashes: 0 } : fallback;
  const marked = mergeText({ base: textFor('base'), mine: text, theirs: textFor('theirs') }, labels);
  return marked.clashes > 0 ? marked : fallback;
};

/** The value of a text; undefined if it is invalid or has a key twice. */
function readJson(text: string): Value | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (!root || errors.length > 0 || !hasUniqueKeys(root)) return undefined;
  return parse(text, [], { allowTrailingComma: true });
}

function hasUniqueKeys(node: Node): boolean {
  const children = node.children ?? [];
  const keys = node.type === 'object' ? children.map(keyOf) : [];
  return new Set(keys).size === keys.length && children.every(hasUniqueKeys);
}

function keyOf(property: Node): string {
  return property.children![0]!.value;
}

function commentsOf(text: string): string[] {
  const comments: string[] = [];
  visit(text, { onComment: (offset, length) => comments.push(text.slice(offset, offset + length)) });
  return comments;
}

type Path = (string | number)[];

/** The text of a document, with the value at a path changed only where it differs. */
function edited(text: string, path: Path, from: Value, to: Value): string {
  if (isDeepStrictEqual(from, to)) return text;
  const node = nodeAt(text, path);
  const onOneLine = !text.slice(node.offset, endOf(node)).includes('\n');
  const isObject = isMap(from) && isMap(to);
  const [before, after] = [from, to].map((value) =>
    isObject ? new Map(Object.entries(value as { [key: string]: Value })) : itemsOf(value),
  );
  const kept = [...(before?.keys() ?? [])].filter((key) => after?.has(key));
  const isInOrder = kept.join() === [...(after?.keys() ?? [])].filter((key) => before?.has(key)).join();
  if (!before || !after || onOneLine || kept.length === 0 || !isInOrder) {
    const content =
      onOneLine && node.children?.length ? onLine(to) : literal(to, indentAt(text, node.offset), text);
    return text.slice(0, node.offset) + content + text.slice(endOf(node));
  }
  let result = text;
  for (const [place, key] of [...[...before.keys()].entries()].toReversed())
    if (!after.has(key)) result = removed(result, nodeAt(result, path), isObject ? key : place);
  let last: string | undefined;
  for (const [place, [key, value]] of [...after].entries()) {
    const old = before.get(key);
    if (old !== undefined) result = edited(result, [...path, isObject ? key : place], old, value);
    else if (isObject)
      result = inserted(result, nodeAt(result, path), last, value, `${JSON.stringify(key)}: `);
    else result = inserted(result, nodeAt(result, path), place - 1, value);
    last = key;
  }
  return result;
}

function nodeAt(text: string, path: Path): Node {
  return findNodeAtLocation(parseTree(text, [], { allowTrailingComma: true })!, path)!;
}

function placeOf({ children = [] }: Node, at: string | number | undefined): number {
  return typeof at === 'number' ? at : children.findIndex((child) => keyOf(child) === at);
}

/** Without a child, its line and its comma; comments stay. */
function removed(text: string, parent: Node, at: string | number): string {
  const place = placeOf(parent, at);
  const [before, child] = [parent.children![place - 1], parent.children![place]!];
  const start = child.offset - /(?:\n[ \t]*)?$/.exec(text.slice(0, child.offset))![0].length;
  const comma = commaAfter(text, parent, place);
  if (comma !== undefined)
    return text.slice(0, start) + text.slice(endOf(child), comma) + text.slice(comma + 1);
  const last = text.indexOf(',', endOf(before!));
  return text.slice(0, last) + text.slice(last + 1, start) + text.slice(endOf(child));
}

/** @param after the child before the new one, behind whose line that is put; none if undefined or negative */
function inserted(
  text: string,
  parent: Node,
  after: string | number | undefined,
  value: Value,
  key = '',
): string {
  const children = parent.children!;
  const [first] = children;
  const indent = indentAt(text, first!.offset);
  const item = key + literal(value, indent, text);
  const place = after === undefined ? -1 : placeOf(parent, after);
  if (place < 0) return `${text.slice(0, first!.offset)}${item},\n${indent}${text.slice(first!.offset)}`;
  const end = endOf(children[place]!);
  const comma = commaAfter(text, parent, place);
  const from = comma === undefined ? end : comma + 1;
  const lineEnd = text.indexOf('\n', from);
  const isAlone = lineEnd <= (children[place + 1]?.offset ?? endOf(parent));
  const at = isAlone ? lineEnd : from;
  return comma === undefined
    ? `${text.slice(0, end)},${text.slice(end, at)}\n${indent}${item}${text.slice(at)}`
    : `${text.slice(0, at)}\n${indent}${item},${text.slice(at)}`;
}

function commaAfter(text: string, { children = [] }: Node, place: number): number | undefined {
  const end = endOf(children[place]!);
  const hasComma = place < children.length - 1 || /^\s*,/.test(text.slice(end));
  return hasComma ? text.indexOf(',', end) : undefined;
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

/** The white space at the start of the line. */
function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))![0];
}

function literal(value: Value, indent: string, text: string): string {
  const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return JSON.stringify(value, null, unit).replaceAll('\n', `\n${indent}`);
}

function onLine(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(onLine).join(', ')}]`;
  if (!isMap(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${onLine(item)}`);
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}';
}
