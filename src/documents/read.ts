import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Node as Parsed,
  Scalar as ParsedScalar,
  parseAllDocuments,
} from 'yaml';
import type { Collection, Entry, Node, Scalar, Style } from './node.js';
import { readLoop, readText } from './reference.js';

const styles: Record<string, Style> = {
  [ParsedScalar.PLAIN]: 'plain',
  [ParsedScalar.QUOTE_SINGLE]: 'single',
  [ParsedScalar.QUOTE_DOUBLE]: 'double',
  [ParsedScalar.BLOCK_LITERAL]: 'literal',
  [ParsedScalar.BLOCK_FOLDED]: 'folded',
};

/**
 * Reads the source of a document: YAML with `((references))` and `$each` loops, with its comments and its style. A file
 * of several documents becomes a sequence of them.
 * @param mark the text to put before the content of a line (from 1 on) of the source
 * @throws Error with file and line of invalid YAML, or of a comment that cannot be kept
 */
export function readDocument(source: string, file: string, mark?: (line: number) => string): Node {
  const documents = parseAllDocuments(source, { keepSourceTokens: true });
  if (!Array.isArray(documents)) throw new Error(`${file}: is empty`);
  const reader = new Reader(source, file, mark);
  const roots = documents.map((document) => rootOf(document, reader));
  if (roots.length === 1) return roots[0]!;
  return opened({
    $kind: 'sequence',
    documents: true,
    entries: roots.map((value) => ({ value })),
  });
}

function rootOf({ errors, warnings, contents, commentBefore }: Document.Parsed, reader: Reader): Node {
  const [error] = [...errors, ...warnings];
  if (error) throw new Error(`${reader.file}: ${error.message}`);
  const root = reader.node(contents as Parsed);
  if (!('entries' in root) || !commentBefore) return root;
  const [first, ...others] = root.entries;
  // The comment on the whole file stands apart from that on its first entry.
  const head = [commentBefore, ...(first!.above === undefined ? [] : [first!.above])].join('\n\n');
  const gap = first!.above === undefined && !first!.loop ? '\n' : '';
  return opened({ ...root, entries: [{ ...first!, above: readText(head + gap) }, ...others] });
}

class Reader {
  constructor(
    private readonly source: string,
    readonly file: string,
    private readonly mark: ((line: number) => string) | undefined,
  ) {}

  /** @param above whether the comment above a collection belongs to its first entry */
  node(parsed: Parsed | null, above = true): Node {
    if (!parsed) return { $kind: 'scalar', text: '', style: 'plain', value: null };
    if (isAlias(parsed)) return { $kind: 'alias', name: parsed.source };
    if (isScalar(parsed)) return this.scalar(parsed);
    if (!isCollection(parsed)) return this.fail(parsed, 'is no value');
    const joined = this.joined(parsed);
    if (joined) return joined;
    const entries = parsed.items.map((item) =>
      isPair(item)
        ? this.property(item.key as Parsed, item.value as Parsed | null)
        : this.item(item as Parsed),
    );
    const [first, ...others] = entries;
    const comment = above && parsed.commentBefore;
    if (parsed.comment && !parsed.flow)
      return this.fail(parsed, `has a comment behind its end: "#${parsed.comment}"`);
    return opened({
      $kind: isMap(parsed) ? 'map' : 'sequence',
      entries: first && comment ? [{ ...first, above: readText(comment) }, ...others] : entries,
      ...(parsed.flow ? { flow: true } : {}),
      ...(parsed.anchor ? { anchor: parsed.anchor } : {}),
    });
  }

  /** `$lines`, `$folded` or `$words`: a text, entry by entry. */
  private joined(parsed: Parsed): Node | undefined {
    if (!isMap(parsed) || parsed.items.length !== 1) return undefined;
    const { key, value } = parsed.items[0]!;
    const [, how] = /^\$(lines|folded|words)$/.exec(isScalar(key) ? String(key.value) : '') ?? [];
    if (!how) return undefined;
    const list = this.node(value as Parsed);
    if (list.$kind !== 'sequence') return this.fail(parsed, `$${how} takes a list`);
    return { ...list, joined: how as NonNullable<Collection['joined']>, open: true };
  }

  private property(key: Parsed, value: Parsed | null): Entry {
    if (!isScalar(key)) return this.fail(key, 'is no key');
    const name = this.scalar(key);
    const loop = this.loop(key, String(key.value));
    return {
      ...(loop ? { loop } : { key: name }),
      value: this.node(value),
      ...this.around(key, value),
    };
  }

  private item(parsed: Parsed): Entry {
    const around = this.around(parsed, parsed);
    if (isMap(parsed) && parsed.items.length === 1) {
      const { key, value } = parsed.items[0]! as { key: Parsed; value: Parsed | null };
      const loop = isScalar(key) ? this.loop(key, String(key.value)) : undefined;
      if (loop) return { loop, value: this.node(value), ...this.around(key, value), ...around };
    }
    return { value: this.node(parsed, false), ...around };
  }

  private around(
    before: Parsed,
    value: Parsed | null,
  ): Pick<Entry, 'gap' | 'above' | 'beside' | 'line' | 'mark'> {
    const above = before.commentBefore;
    const beside = isScalar(value) || (isCollection(value) && value.flow) ? value.comment : undefined;
    const line = this.lineOf(before);
    return {
      line,
      ...(this.mark ? { mark: this.mark(line) } : {}),
      ...(before.spaceBefore ? { gap: true } : {}),
      ...(above ? { above: readText(above) } : {}),
      ...(beside ? { beside } : {}),
    };
  }

  private scalar(parsed: ParsedScalar): Scalar {
    const style = styles[parsed.type ?? ParsedScalar.PLAIN]!;
    const written = parsed.source ?? '';
    // A folded text keeps the lines of its source.
    const text = readText(
      style === 'folded' ? this.foldedLines(parsed) : style === 'plain' ? written : String(parsed.value),
    );
    const typed = style === 'plain' && typeof parsed.value !== 'string' && typeof text === 'string';
    return {
      $kind: 'scalar',
      text,
      style,
      ...(typed ? { value: parsed.value as number | boolean | null } : {}),
      ...(parsed.anchor ? { anchor: parsed.anchor } : {}),
      ...(typeof text === 'string' ? {} : { open: true }),
    };
  }

  private foldedLines(parsed: ParsedScalar): string {
    const lines = (parsed.srcToken as { source: string }).source
      .split('\n')
      .filter((line) => line.trim() !== '');
    const indent = Math.min(...lines.map((line) => line.search(/\S/)));
    return lines.map((line) => line.slice(indent)).join('\n');
  }

  private loop(at: Parsed, text: string) {
    try {
      return readLoop(text);
    } catch (error) {
      return this.fail(at, (error as Error).message);
    }
  }

  private fail(at: Parsed, message: string): never {
    throw new Error(`${this.file}:${this.lineOf(at)}: ${message}`);
  }

  private lineOf(at: Parsed): number {
    return this.source.slice(0, at.range?.[0] ?? 0).split('\n').length;
  }
}

/** Marks a collection, and those of its entries, that have to be filled. */
function opened(node: Collection): Collection {
  const entries = node.entries.map((entry): Entry => (isOpen(entry) ? { ...entry, open: true } : entry));
  return { ...node, entries, ...(entries.some(({ open }) => open) ? { open: true } : {}) };
}

function isOpen({ key, value, above, loop }: Entry): boolean {
  return Boolean(loop || key?.open || (value.$kind !== 'alias' && value.open) || typeof above === 'object');
}
