import type { SgNode } from '@ast-grep/napi';
import type { Change } from './change.js';

/** All nodes of some kinds below a node, in the order of the text. */
export function nodes(root: SgNode, ...kinds: string[]): SgNode[] {
  return root.findAll({ rule: { any: kinds.map((kind) => ({ kind })) } });
}

/** Replaces a node. */
export function replaced(node: SgNode, text: string): Change {
  const { start, end } = node.range();
  return { start: start.index, end: end.index, text };
}

/** Children that are more than punctuation. */
export function parts(node: SgNode): SgNode[] {
  return node.children().filter((child) => child.isNamed() && child.kind() !== 'comment');
}

/** Whether one of the ancestors has one of the kinds. */
export function isWithin(node: SgNode, ...kinds: string[]): boolean {
  return node.ancestors().some((ancestor) => kinds.includes(String(ancestor.kind())));
}

/** Takes an entry out of a list of entries with commas between them. */
export function withoutEntry(entry: SgNode): Change {
  const { start, end } = entry.range();
  const comma = entry.next();
  if (comma?.kind() === ',') {
    const following = comma.next();
    const [behind, begin] = [comma.range().end, following?.range().start];
    const isInLine = following?.isNamed() && begin?.line === behind.line;
    const upTo = begin && isInLine ? begin.index : behind.index;
    return { start: start.index, end: upTo, text: '' };
  }
  const before = entry.prev();
  return {
    start: before?.kind() === ',' ? before.range().start.index : start.index,
    end: end.index,
    text: '',
  };
}

/** Replaces tokens of nodes by what a table has for them. */
export function swapped(root: SgNode, kinds: readonly string[], table: Record<string, string>): Change[] {
  return nodes(root, ...kinds).flatMap((node) =>
    node
      .children()
      .filter((child) => !child.isNamed() && Object.hasOwn(table, child.text()))
      .map((child) => replaced(child, table[child.text()]!)),
  );
}

/** Swaps two neighbours. */
export function exchanged(text: string, left: SgNode, right: SgNode): Change {
  const [from, to] = [left.range(), right.range()];
  const between = text.slice(from.end.index, to.start.index);
  return { start: from.start.index, end: to.end.index, text: `${right.text()}${between}${left.text()}` };
}

/** A small number and one more; of a size or a duration that is large, nobody would notice. */
export function nextOf(value: number): number {
  return value <= 100 ? value + 1 : value;
}

/** A number as a developer gets it wrong by a unit: seconds for milliseconds. */
export function thousandfold(value: number): number {
  return value >= 1000 && value % 1000 === 0 ? value / 1000 : value * 1000;
}

/** Whether people read the string: words with nothing but a space between them. */
export function isMessage(value: string): boolean {
  return /\p{L} \p{L}/u.test(value);
}

/** Changes of a regular expression without its anchors. `start` is where the pattern starts. */
export function withoutAnchors(pattern: string, start: number): Change[] {
  const changes: Change[] = [];
  if (pattern.startsWith('^')) changes.push({ start, end: start + 1, text: '' });
  const end = start + pattern.length;
  if (/(^|[^\\])\$$/.test(pattern)) changes.push({ start: end - 1, end, text: '' });
  return changes;
}
