import { randomBytes, randomUUID } from 'node:crypto';
import { valueFor } from '../../contract/bodies.js';
import type { Field, Values } from './fields.js';

/** Longest text that is sent: several of them must fit into one body. */
export const longestText = 10_000;
/** Long enough for most rows, and short enough to be read in a report. */
const usualText = 150;
const largestBody = 60_000;
const letters = 'abcdefghijklmnopqrstuvwxyz';
const astral = ['😀', '𝒳', '🜁', '𠮷', '👩‍🚀']
  .flatMap((text) => [...text])
  .filter((part) => part.length === 2);

/**
 * Valid values of a field at the bounds of its type: shortest and longest texts, code points outside the basic plane,
 * the smallest and largest numbers, last zeros, leap days, offsets.
 * @param references ids of items that a reference can point to
 * @param longest code points that a text has at most
 */
export async function samplesOf(
  field: Field,
  references: readonly string[],
  longest = usualText,
): Promise<unknown[]> {
  const candidates = await candidatesOf(field, references, longest);
  while (candidates.length < 2) candidates.push(await freshValue(field, references));
  const found = candidates.filter((value) => field.accepts(value));
  const usable = found.length === 0 && field.required ? candidates : found;
  return field.nullable ? [...usable, null] : usable;
}

async function candidatesOf(
  field: Field,
  references: readonly string[],
  longest: number,
): Promise<unknown[]> {
  const { schema } = field;
  switch (field.kind) {
    case 'reference':
      return [...references];
    case 'enum':
      return [...schema.enum];
    case 'boolean':
      return [true, false];
    case 'integer':
    case 'number':
      return numbersOf(field);
    case 'decimal':
      return decimalsOf(field);
    case 'uuid': {
      const ends = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
      return [randomUUID(), randomUUID().toUpperCase(), ...ends, randomUUID()];
    }
    case 'date':
      return [
        '2000-02-29',
        '1999-12-31',
        '1970-01-01',
        '2024-02-29',
        '1000-01-01',
        '2999-12-31',
        '2026-03-29',
      ];
    case 'date-time':
      return [
        '2026-01-15T08:30:00.123Z',
        '2026-01-15T08:30:00+05:30',
        '1969-12-31T23:59:59.999Z',
        '2000-02-29T00:00:00+14:00',
        '2026-12-31T23:59:59.9-11:00',
        '2026-03-29T01:30:00z',
        '1900-01-01T00:00:00Z',
        '2999-12-31T23:59:59.999Z',
      ];
    case 'text':
      return textsOf(field, longest);
    case 'email':
      return emails;
    case 'url':
      return [...urls, `https://example.com/${'a'.repeat(Math.max(0, (schema.maxLength ?? 100) - 20))}`];
    case 'list':
      return listsOf(field, references, longest);
    case 'object':
      return field.members ? objectsOf(field.members, references, longest) : documents;
    default:
      return [];
  }
}

/** The last is the longest of RFC 5321. */
const emails = [
  'verify@example.com',
  "First.O'Last+tag@mail.example.co.uk",
  'UPPER_case-1@EXAMPLE.com',
  `${'l'.repeat(64)}@${'d'.repeat(63)}.${'d'.repeat(63)}.${'d'.repeat(57)}.com`,
];
const urls = [
  'https://example.com',
  'http://example.com:8080/a/b.html?c=d&e=%20+f#g',
  'https://xn--bcher-kva.example/%C3%A4/~user;v=1,2',
];
const documents = [
  {},
  { text: 'ÄÖ 😀 "quoted" \\ \\u0000', empty: '', nothing: null, yes: true, no: false },
  { numbers: [0, -1, 0.1, 1e21, 1e-7, 2 ** 53 - 1], list: [[], {}, [[1]]], '': 'no name', 'a.b/c~d': 'ä' },
  { a: { b: { c: { d: { e: { f: { g: 'deep' } } } } } }, ключ: 'name', '😀': 1 },
];

/** Lists of all lengths, in which each sample of an item comes at least once. */
async function listsOf(
  { item, schema }: Field,
  references: readonly string[],
  longest: number,
): Promise<unknown[]> {
  const { minItems = 0, maxItems = 20, uniqueItems } = schema;
  const samples = await samplesOf(item!, references, longest);
  const from = (first: number, length: number) =>
    Array.from({ length: uniqueItems ? Math.min(length, samples.length) : length }, (_, place) =>
      samples.length === 0 ? undefined : samples[(first + place) % samples.length],
    );
  const usual = Math.max(minItems, Math.min(3, maxItems));
  const turns = Array.from({ length: Math.ceil(samples.length / usual) }, (_, turn) => turn * usual);
  return [
    from(0, minItems),
    from(0, maxItems),
    from(0, usual).reverse(),
    ...turns.map((turn) => from(turn, usual)),
  ];
}

async function objectsOf(
  members: readonly Field[],
  references: readonly string[],
  longest: number,
): Promise<unknown[]> {
  const samples: Record<string, unknown[]> = {};
  for (const member of members) samples[member.name] = await samplesOf(member, references, longest);
  return bodiesOf(members, samples);
}

/** The bounds of an integer or number; undefined where the document names none. */
export function boundsOf({ schema }: Field): { least: number | undefined; most: number | undefined } {
  const step = schema.type === 'integer' ? 1 : 0.5;
  const widths: Record<string, number> = { int32: 2 ** 31, int64: 2 ** 53 };
  const width = widths[schema.format];
  return {
    least:
      schema.minimum ??
      (schema.exclusiveMinimum === undefined
        ? width && (width === 2 ** 53 ? 1 - width : -width)
        : schema.exclusiveMinimum + step),
    most:
      schema.maximum ??
      (schema.exclusiveMaximum === undefined ? width && width - 1 : schema.exclusiveMaximum - step),
  };
}

function numbersOf(field: Field): number[] {
  const { least, most } = boundsOf(field);
  const ends = [least, most].filter((value) => value !== undefined);
  const inner = field.kind === 'number' ? [0.1, -2.75, 1e-7] : [-1, 10, 4711];
  const step = field.schema.multipleOf;
  const all = [...ends, 0, 1, ...inner, (least ?? 0) + 1, (most ?? 1000) - 1];
  return step === undefined ? all : [...all, ...[0, 1, 2, 3].map((count) => (least ?? 0) + count * step)];
}

/** How many digits a decimal may have before and behind its point. */
export function digitsOf({ accepts, schema }: Pick<Field, 'accepts' | 'schema'>): {
  whole: number;
  fraction: number;
} {
  const most = (fits: (count: number) => boolean) =>
    Math.max(0, ...Array.from({ length: 30 }, (_, place) => place + 1).filter(fits));
  const bases = ['0', '1', '10', '100', String(schema['x-minimum'] ?? '0').split('.')[0]!];
  return {
    whole: most((count) => accepts('9'.repeat(count)) || accepts(`1${'0'.repeat(count - 1)}`)),
    fraction: most((count) => bases.some((base) => accepts(`${base}.${'1'.repeat(count)}`))),
  };
}

function decimalsOf(field: Field): string[] {
  const { whole, fraction } = digitsOf(field);
  const { 'x-minimum': least, 'x-maximum': greatest } = field.schema;
  const behind = (digits: string) => (fraction === 0 ? '' : `.${digits}`);
  const largest = `${'9'.repeat(whole)}${behind('9'.repeat(fraction))}`;
  return [
    ...[least, greatest].filter((bound) => bound !== undefined),
    `10${behind('0'.repeat(fraction))}`,
    largest,
    '0',
    `1.5${'0'.repeat(Math.max(0, fraction - 1))}`,
    `-${largest}`,
    // Where the sign counts as one of the characters.
    `-${largest.slice(0, -1)}`,
    `0${behind(`${'0'.repeat(Math.max(0, fraction - 1))}1`)}`,
    '100',
    '0.10',
    `-0${behind(`${'0'.repeat(Math.max(0, fraction - 1))}7`)}`,
    // No binary fraction.
    '1234567.89',
    '19.99',
    '-5.0',
  ];
}

/** The lengths that a text may have, in code points. */
export function lengthsOf({ schema }: Field): { least: number; most: number; bounded: boolean } {
  const { minLength = 0, maxLength = 255 } = schema;
  return { least: minLength, most: Math.min(maxLength, longestText), bounded: maxLength <= longestText };
}

function textsOf(field: Field, longest: number): string[] {
  const { least, most: allowed } = lengthsOf(field);
  const most = Math.max(least, Math.min(allowed, longest));
  const texts = [
    '  blanks before and behind  ',
    `quotes " ' \` \\ / <b>&amp;</b> %00 %s {{x}} \${y} $1 ; -- /*`,
    'e\u0301 n\u0303 \u1e9b\u0323 \u0915\u094d\u0937 👩\u200d👩\u200d👧\u200d👦',
    'שלום עולם \u200f مرحبا \u202ertl\u202c',
    'lines\n\r\n\ttabs\u2028and\u2029\u0085\u00a0\ufeff',
    'controls \u0001\u001b\u007f',
    '😀 𝒳 𠮷 \u{10fffd}',
    'null',
    '0123.4500',
    'TRUE',
  ];
  return [
    textOf(least, [...letters]),
    textOf(most, [...letters]),
    textOf(most, astral),
    textOf(Math.max(least, most - 1), ['ä', 'ｱ', '日', 'ß', 'İ', 'ǆ']),
    ...texts.map((text) => fitted(text, least, most)),
  ];
}

/** A text of exactly that many code points; the first of them are random. */
export function textOf(length: number, alphabet: readonly string[]): string {
  const seed = randomBytes(8);
  return Array.from({ length }, (_, place) => alphabet[(seed[place] ?? place) % alphabet.length]).join('');
}

/** The text with so many code points at least and at most; random letters are put before it where there is room. */
function fitted(text: string, least: number, most: number): string {
  const points = [...text].slice(0, most);
  const room = Math.min(most - points.length, 8);
  const middle = Math.floor(points.length / 2);
  const mark = room < 4 ? '' : textOf(room, [...letters]);
  const all = [...points.slice(0, middle), ...mark, ...points.slice(middle)];
  return all.join('') + textOf(Math.max(0, least - all.length), [...letters]);
}

/**
 * Bodies in which each sample of each field comes at least once. Optional fields are left out in one of them.
 * @param samples of each field, by name
 */
export function bodiesOf(fields: readonly Field[], samples: Record<string, unknown[]>): Values[] {
  const count = Math.max(2, ...Object.values(samples).map((list) => list.length));
  const bodies = Array.from({ length: count }, (_, turn) => bodyAt(fields, samples, turn));
  const required = fields.filter((field) => field.required);
  return [...bodies, bodyAt(required, samples, 1)];
}

/** The body of that turn: samples of the fields one after another, each field one further than the field before it. */
export function bodyAt(fields: readonly Field[], samples: Record<string, unknown[]>, turn: number): Values {
  const values = fields
    .map(({ name }, place) => [name, samples[name]!, place] as const)
    .filter(([, list]) => list.length > 0)
    .map(([name, list, place]) => [name, list[(turn + place) % list.length]]);
  return withinSize(Object.fromEntries(values));
}

/** Long texts are cut until the body is no larger than APIs usually take. */
function withinSize(body: Values): Values {
  const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');
  if (sizeOf(body) <= largestBody) return body;
  const [name, longest] = Object.entries(body).sort(([, a], [, b]) => sizeOf(b) - sizeOf(a))[0]!;
  if (typeof longest !== 'string') return body;
  return withinSize({ ...body, [name]: [...longest].slice(0, Math.floor(longest.length / 4)).join('') });
}

/** Values that no other item has, for fields that may be unique or that no sample is known for. */
export async function freshValue(field: Field, references: readonly string[]): Promise<unknown> {
  return valueFor(field.schema, freshSerial(), async () => references[0] ?? '');
}

let serial = Date.now() % 1_000_000;

function freshSerial(): number {
  serial += 1;
  return serial + 1_000_000;
}
