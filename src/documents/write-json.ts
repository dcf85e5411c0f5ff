import type { Node } from './node.js';

/** JSON of a document, an entry a line. */
export function writeJson(document: Node): string {
  return `${JSON.stringify(plainValue(document), null, 2)}\n`;
}

/** The value of a document. @throws Error at an alias: JSON has none */
export function plainValue(node: Node): unknown {
  if (node.$kind === 'alias') throw new Error(`*${node.name}: JSON has no aliases`);
  if (node.$kind === 'scalar') return node.value === undefined ? node.text : node.value;
  if (node.$kind === 'sequence') return node.entries.map(({ value }) => plainValue(value));
  return Object.fromEntries(
    node.entries.map(({ key, value, mark = '' }) => [`${mark}${key!.text}`, plainValue(value)]),
  );
}
