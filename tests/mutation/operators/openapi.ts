import { type Document, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, visit } from 'yaml';
import type { Change, Operator } from '../change.js';

/** Keywords that requests are validated by. */
const constraints = new Set(
  'maxLength minLength maximum minimum pattern format maxItems minItems maxProperties additionalProperties default'.split(
    ' ',
  ),
);

/** Operators of openapi.yaml, which requests are routed, authorised and validated by. */
export const openapiOperators: Operator<string>[] = [
  {
    name: 'openapi-drop-constraint',
    changes: (text) =>
      pairs(text, (key) => constraints.has(key), inRequests).map((pair) => withoutPair(text, pair)),
  },
  {
    name: 'openapi-drop-extension',
    changes: (text) => pairs(text, (key) => key.startsWith('x-')).map((pair) => withoutPair(text, pair)),
  },
  {
    name: 'openapi-drop-security',
    changes: (text) =>
      pairs(text, (key) => key === 'security')
        .filter(({ value }) => isSeq(value) && value.items.length > 0)
        .map(({ value }) => ({ start: value!.range![0], end: lastOf(text, value!), text: '[]' })),
  },
  {
    name: 'openapi-drop-required',
    changes: (text) =>
      withoutItems(
        text,
        pairs(text, (key) => key === 'required', inRequests),
      ),
  },
  {
    name: 'openapi-drop-value',
    changes: (text) =>
      withoutItems(
        text,
        pairs(text, (key) => key === 'enum'),
      ),
  },
];

type Entry = Pair<Node, Node | null>;
/** Whether a place in a document counts, by the keys that lead there. */
type Place = (keys: readonly string[], document: Document) => boolean;

/** Members of the document whose key is wanted; examples are left out. */
function pairs(text: string, wanted: (key: string) => boolean, counts: Place = () => true): Entry[] {
  const found: Entry[] = [];
  const document = parseDocument(text);
  visit(document, {
    Pair(_, pair, ancestors) {
      const name = nameOf(pair);
      if (/^examples?$/.test(name)) return visit.SKIP;
      const keys = ancestors.map(nameOf).filter((key) => key !== '');
      if (wanted(name) && counts(keys, document)) found.push(pair as Entry);
    },
  });
  return found;
}

/** The key of a member; empty for anything else. */
function nameOf(node: unknown): string {
  const { key } = node as { key?: unknown };
  return isScalar(key) ? String(key.value) : '';
}

/** Whether requests are validated by what stands there: parameters, bodies and the schemas of bodies. */
function inRequests(keys: readonly string[], document: Document): boolean {
  if (keys.includes('responses')) return false;
  if (keys.includes('requestBody') || keys.includes('parameters')) return true;
  const [, kind, schema] = keys;
  return kind === 'schemas' && schema !== undefined && schemasOfBodies(document).has(schema);
}

const schemasByDocument = new WeakMap<Document, Set<string>>();

/** Names of the schemas that bodies of requests have, and of those that these refer to. */
function schemasOfBodies(document: Document): Set<string> {
  const known = schemasByDocument.get(document);
  if (known) return known;
  const { paths, components } = document.toJS();
  const names = new Set<string>();
  const follow = (value: unknown): void => {
    for (const [, name] of JSON.stringify(value ?? null).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (names.has(name!)) continue;
      names.add(name!);
      follow(components.schemas[name!]);
    }
  };
  for (const path of Object.values<Record<string, { requestBody?: unknown }>>(paths))
    for (const operation of Object.values(path)) follow(operation.requestBody);
  schemasByDocument.set(document, names);
  return names;
}

/** Drops each entry of lists that have more than one. */
function withoutItems(text: string, lists: readonly Entry[]): Change[] {
  return lists.flatMap(({ value }) =>
    isSeq(value) && value.items.length > 1
      ? (value.items as Node[]).map((item) => withoutFlowEntry(text, item.range![0], item.range![1]))
      : [],
  );
}

function withoutPair(text: string, { key, value }: Entry): Change {
  const start = key.range![0];
  const end = value ? lastOf(text, value) : key.range![1];
  const line = text.lastIndexOf('\n', start - 1) + 1;
  if (text.slice(line, start).trim() === '' && /^[^\S\n]*(\n|$)/.test(text.slice(end)))
    return { start: line, end: text.indexOf('\n', end) + 1 || text.length, text: '' };
  return withoutFlowEntry(text, start, end);
}

/** Where a node ends, without the space behind a block. */
function lastOf(text: string, node: Node): number {
  const [start, end] = node.range!;
  const isBlock = (isMap(node) || isSeq(node)) && !node.flow;
  return isBlock ? start + text.slice(start, end).trimEnd().length : end;
}

function withoutFlowEntry(text: string, start: number, end: number): Change {
  const after = /^\s*,\s*/.exec(text.slice(end));
  if (after) return { start, end: end + after[0].length, text: '' };
  const before = /,\s*$/.exec(text.slice(0, start));
  return { start: start - (before?.[0].length ?? 0), end, text: '' };
}
