import type { Collection, Entry, Node } from './node.js';
import { plainValue } from './write-json.js';

/** TOML of a document: block maps are tables, block lists have an item a line. */
export function writeToml(document: Node): string {
  if (document.$kind !== 'map') throw new Error('TOML is made of a map');
  return `${table(document, []).join('\n').trim()}\n`;
}

function table({ entries }: Collection, path: readonly string[]): string[] {
  const isTable = ({ value }: Entry) => value.$kind === 'map' && !value.flow;
  const own = entries.filter((entry) => !isTable(entry));
  return [
    ...(own.length > 0 && path.length > 0 ? ['', `[${path.map(keyText).join('.')}]`] : []),
    ...own.flatMap((entry) => [
      ...above(entry),
      `${entry.mark ?? ''}${keyText(keyOf(entry))} = ${value(entry.value)}${beside(entry)}`,
    ]),
    ...entries.filter(isTable).flatMap((entry) => table(entry.value as Collection, [...path, keyOf(entry)])),
  ];
}

function value(node: Node): string {
  if (node.$kind === 'sequence' && !node.flow) return `[\n${items(node).join('\n')}\n]`;
  if (node.$kind === 'sequence') return `[${node.entries.map((entry) => value(entry.value)).join(', ')}]`;
  if (node.$kind === 'map')
    return `{ ${node.entries.map((entry) => `${keyText(keyOf(entry))} = ${value(entry.value)}`).join(', ')} }`;
  return JSON.stringify(plainValue(node));
}

/** One item a line, the comments beside them in one column. */
function items({ entries }: Collection): string[] {
  const texts = entries.map((entry) => `    ${value(entry.value)},`);
  const width = Math.max(...texts.map((text) => text.length));
  return entries.flatMap((entry, place) => {
    const { mark = '' } = entry;
    const text = entry.beside === undefined ? texts[place]! : texts[place]!.padEnd(width) + beside(entry);
    return [...above(entry).map((line) => `    ${line}`), mark + text];
  });
}

function above({ above: text }: Entry): string[] {
  return typeof text === 'string' ? text.split('\n').map((line) => `#${line}`) : [];
}

function beside({ beside: text }: Entry): string {
  return text === undefined ? '' : ` #${text}`;
}

function keyOf({ key }: Entry): string {
  return key!.text as string;
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}
