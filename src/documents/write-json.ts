import type { Node } from './node.js';

/** JSON of a document, an entry a line. */
export function writeJson(document: Node): string {
  return `${JSON.stringify(plainValue(document), null, 2)}\n`;
}

/**
 * What a document means.
 * @param marked whether keys keep the marks that follow them into the file
 * @throws Error at an alias: JSON has none
 */
export function plainValue(node: Node, marked = true): unknown {
  if (node.$kind === 'alias') throw new Error(`*${node.name}: JSON has no aliases`);
  if (node.$kind === 'scalar') return node.value === undefined ? node.text : node.value;
  if (node.$kind === 'sequence') return node.entries.map(({ value }) => plainValue(value, marked));
  return Object.fromEntries(
    node.entries.map(({ key, value, mark = '' }) => [
      `${marked ? mark : ''}${key!.text}`,
      plainValue(value, marked),
    ]),
  );
}
