import type { Collection, Entry, Node, Scalar } from './node.js';

/** YAML of a document, in the style of its source. The `yaml` package writes the same in ten times the time. */
export function writeYaml(document: Node): string {
  const lines =
    document.kind === 'alias' || document.kind === 'scalar' ? [inline(document)] : block(document, 0);
  return `${(lines[0] === '' ? lines.slice(1) : lines).join('\n')}\n`;
}

function block({ kind, entries }: Collection, column: number): string[] {
  const indent = ' '.repeat(column);
  return entries.flatMap((entry) => {
    const above = typeof entry.above === 'string' ? entry.above.split('\n') : [];
    const [first, ...others] = kind === 'map' ? property(entry, column) : item(entry, column);
    const beside = entry.beside === undefined ? '' : ` #${entry.beside}`;
    return [
      ...(entry.gap ? [''] : []),
      ...above.map((line) => (line === '' ? '' : `${indent}#${line}`)),
      `${first}${beside}`,
      ...others,
    ];
  });
}

function property({ key, value }: Entry, column: number): string[] {
  const name = `${' '.repeat(column)}${inline(key!)}:`;
  if (isBlock(value)) return [`${name}${anchor(value)}`, ...block(value, column + 2)];
  return lines(name, value, column);
}

function item({ value }: Entry, column: number): string[] {
  const dash = `${' '.repeat(column)}-`;
  if (!isBlock(value)) return lines(dash, value, column);
  const [first, ...others] = block(value, column + 2);
  return [`${dash} ${first!.slice(column + 2)}`, ...others];
}

/** A value behind its key or dash. */
function lines(before: string, value: Node, column: number): string[] {
  const indent = ' '.repeat(column + 2);
  if (value.kind === 'scalar' && (value.style === 'literal' || value.style === 'folded')) {
    const text = value.text as string;
    const header = value.style === 'literal' ? (text.endsWith('\n') ? '|' : '|-') : '>-';
    return [
      `${before} ${header}`,
      ...text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => (line === '' ? '' : indent + line)),
    ];
  }
  const text = inline(value);
  return [text === '' ? before : `${before} ${text}`];
}

function isBlock(value: Node): value is Collection {
  return 'entries' in value && !value.flow && value.entries.length > 0;
}

function anchor(value: Exclude<Node, { kind: 'alias' }>): string {
  return value.anchor ? ` &${value.anchor}` : '';
}

function inline(value: Node, flow = false): string {
  if (value.kind === 'alias') return `*${value.name}`;
  const before = value.anchor ? `&${value.anchor} ` : '';
  if (value.kind === 'scalar') return before + scalar(value, flow);
  const inner = value.entries.map((entry) =>
    entry.key ? `${inline(entry.key, true)}: ${inline(entry.value, true)}` : inline(entry.value, true),
  );
  if (value.kind === 'sequence') return `${before}[${inner.join(', ')}]`;
  return before + (inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`);
}

function scalar({ text, style, value }: Scalar, flow: boolean): string {
  const written = text as string;
  if (style === 'single') return `'${written.replaceAll("'", "''")}'`;
  if (style === 'double') return JSON.stringify(written);
  if (style === 'plain' || value !== undefined) return written;
  const plain = flow ? /^-?\w[\w/-]*$/.test(written) && !numeric.test(written) : isPlain(written);
  return plain && !reserved.test(written) ? written : JSON.stringify(written);
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
