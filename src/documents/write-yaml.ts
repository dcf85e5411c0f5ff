import type { Collection, Entry, Node, Scalar } from './node.js';

/** YAML of a document, in the style of its source. The `yaml` package writes the same in ten times the time. */
export function writeYaml(document: Node): string {
  if (!('entries' in document)) return `${inline(document)}\n`;
  if (!document.documents) return `${block(document, 0)}\n`;
  return document.entries.map((entry) => writeYaml(entry.value)).join('---\n');
}

/** What holds no reference is the same in every project: its text by the column where it stands. */
const written = new WeakMap<Collection, Map<number, string>>();
/** The column of a value in flow style. */
const onOneLine = -1;

function block(node: Collection, column: number): string {
  return kept(node, column, () => entriesOf(node, column));
}

function kept(node: Collection, column: number, write: () => string): string {
  if (node.open) return write();
  const known = written.get(node) ?? new Map<number, string>();
  const text = known.get(column) ?? write();
  written.set(node, known.set(column, text));
  return text;
}

function entriesOf({ $kind, entries }: Collection, column: number): string {
  const indent = ' '.repeat(column);
  let text = '';
  for (const entry of entries) {
    const { gap, above, beside } = entry;
    if (text !== '') text += gap ? '\n\n' : '\n';
    if (typeof above === 'string')
      for (const line of above.split('\n')) text += line === '' ? '\n' : `${indent}#${line}\n`;
    text += $kind === 'map' ? property(entry, column) : item(entry, column);
    if (beside !== undefined) text += ` #${beside}`;
  }
  return text;
}

function property({ key, value, mark = '' }: Entry, column: number): string {
  const name = `${' '.repeat(column)}${mark}${inline(key!)}:`;
  if (isBlock(value)) return `${name}${anchor(value)}\n${block(value, column + 2)}`;
  return name + behind(value, column);
}

function item({ value, mark = '' }: Entry, column: number): string {
  const dash = `${' '.repeat(column)}${mark}-`;
  return isBlock(value)
    ? `${dash} ${block(value, column + 2).slice(column + 2)}`
    : dash + behind(value, column);
}

/** A value on the line of its key or dash, or a block of text that begins there. */
function behind(value: Node, column: number): string {
  if (value.$kind === 'scalar' && (value.style === 'literal' || value.style === 'folded')) {
    const text = value.text as string;
    const header = value.style === 'folded' ? '>-' : text.endsWith('\n') ? '|' : '|-';
    const indent = ' '.repeat(column + 2);
    return ` ${header}\n${text.replace(/\n+$/, '').replace(/^(?=.)/gm, indent)}`;
  }
  const text = inline(value);
  return text === '' ? '' : ` ${text}`;
}

function isBlock(value: Node): value is Collection {
  return 'entries' in value && !value.flow && value.entries.length > 0;
}

function anchor(value: Exclude<Node, { $kind: 'alias' }>): string {
  return value.anchor ? ` &${value.anchor}` : '';
}

function inline(value: Node, flow = false): string {
  if (value.$kind === 'alias') return `*${value.name}`;
  const text = value.$kind === 'scalar' ? scalar(value, flow) : kept(value, onOneLine, () => flowOf(value));
  return value.anchor ? `&${value.anchor} ${text}` : text;
}

function flowOf({ $kind, entries }: Collection): string {
  const inner = entries.map(({ key, value }) => (key ? `${inline(key, true)}: ` : '') + inline(value, true));
  if ($kind === 'sequence') return `[${inner.join(', ')}]`;
  return inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`;
}

function scalar({ text, style, value }: Scalar, flow: boolean): string {
  const content = text as string;
  if (style === 'single') return `'${content.replaceAll("'", "''")}'`;
  if (style === 'double') return JSON.stringify(content);
  if (style === 'plain' || value !== undefined) return content;
  const plain = flow ? /^-?\w[\w./=%-]*$/.test(content) && !numeric.test(content) : isPlain(content);
  return plain && !reserved.test(content) ? content : JSON.stringify(content);
}

const numeric =
  /^[-+]?([\d_]*\.?[\d_]*(e[-+]?\d+)?|\d[\d_]*(:\d+)+(\.\d*)?|0[xob][\da-f_]+|\.inf|\.nan)$|^\d{4}-\d\d?-\d\d?/i;
const reserved = /^(~|true|false|null|yes|no|on|off|y|n)$/i;

/** Whether a text means itself without quotes, in YAML 1.1 as well, where `20:30` is a number. */
function isPlain(text: string): boolean {
  return (
    /^[^\s\-?:,[\]{}#&*!|>'"%@`]|^[-?:][^\s]/.test(text) &&
    !numeric.test(text) &&
    !/: |:$| #|\s$|[\n\t]/.test(text)
  );
}
