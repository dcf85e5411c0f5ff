import type { Field } from './fields.js';
import { boundsOf, digitsOf, lengthsOf, textOf } from './values.js';

/** A value that the schema of a field refuses. */
export interface Breach {
  /** `one character too many` */
  name: string;
  value: unknown;
}

/** Values that break each constraint of a field by one, and those of other types; only what its schema refuses. */
export function breachesOf(field: Field): Breach[] {
  const [first] = (field.schema.enum ?? []) as unknown[];
  const wrongTypes: Record<string, unknown> = {
    'an array': [first ?? 'text'],
    'an object': { value: first ?? 'text' },
    'a number': 5,
    true: true,
    'a number as text': '5',
    'a text': 'no such value',
    'an empty text': '',
    null: null,
  };
  const all = [...Object.entries(wrongTypes), ...Object.entries(ownBreaches(field))];
  return all
    .filter(([, value]) => (value === null ? !field.nullable : !field.accepts(value)))
    .map(([name, value]) => ({ name, value }));
}

function ownBreaches(field: Field): Record<string, unknown> {
  switch (field.kind) {
    case 'text':
      return textBreaches(field);
    case 'decimal':
      return decimalBreaches(field);
    case 'integer':
    case 'number': {
      const { least, most } = boundsOf(field);
      return {
        ...(least === undefined ? {} : { 'below its minimum': least - 1 }),
        ...(most === undefined ? {} : { 'over its maximum': most + 1 }),
        'a fraction': 1.5,
        'a large number': 1e300,
      };
    }
    case 'enum':
      return enumBreaches(field);
    case 'boolean':
      return { 'true as text': 'true', one: 1, zero: 0, yes: 'yes' };
    case 'uuid':
    case 'reference':
      return {
        'a digit too few': '01900000-0000-7000-8000-00000000000',
        'no hexadecimal digit': 'g'.repeat(36),
      };
    case 'date':
      return {
        'a day that does not exist': '2026-02-30',
        'a month that does not exist': '2026-13-01',
        'a leap day of another year': '2026-02-29',
        'a time': '2026-01-15T00:00:00Z',
        'another order': '15.01.2026',
      };
    case 'date-time':
      return {
        'a day that does not exist': '2026-02-30T00:00:00Z',
        'an hour that does not exist': '2026-01-15T25:00:00Z',
        'a minute that does not exist': '2026-01-15T10:60:00Z',
        'no offset': '2026-01-15T10:00:00',
        'a date': '2026-01-15',
        'a blank for the T': '2026-01-15 10:00:00',
      };
    case 'email':
      return {
        'no at sign': 'verify.example.com',
        'two at signs': 'verify@mail@example.com',
        'no name': '@example.com',
        'no domain': 'verify@',
        'a blank': 'ver ify@example.com',
        'a name in front': 'Verify <verify@example.com>',
        'a line break': 'verify@example.com\n',
      };
    case 'url':
      return {
        'a script': 'javascript:alert(1)',
        'another protocol': 'ftp://example.com/',
        'no protocol': '//example.com/',
        'a path': '/a/b',
        'no host': 'https://',
        'a blank': 'https://example.com/a b',
        'a password': 'https://user:secret@example.com/',
        'half an escape': 'https://example.com/%z1',
        'a line break': 'https://example.com/\n',
        'one character too many': `https://example.com/${'a'.repeat((field.schema.maxLength ?? 2048) - 19)}`,
      };
    case 'list':
      return listBreaches(field);
    case 'object':
      return objectBreaches(field);
    default:
      return {};
  }
}

function listBreaches({ item, schema }: Field): Record<string, unknown> {
  const { minItems = 0, maxItems, uniqueItems } = schema;
  const [first] = (item!.schema.enum ?? [item!.kind === 'integer' ? 1 : 'text']) as unknown[];
  const wrong = breachesOf(item!).map(({ name, value }) => [
    `an item that is wrong: ${name}`,
    Array.from({ length: Math.max(1, minItems) }, () => value),
  ]);
  return {
    ...(maxItems === undefined ? {} : { 'one item too many': Array(maxItems + 1).fill(first) }),
    ...(minItems > 0 ? { 'one item too few': Array(minItems - 1).fill(first) } : {}),
    ...(uniqueItems ? { 'an item twice': Array(Math.max(2, minItems)).fill(first) } : {}),
    ...Object.fromEntries(wrong),
  };
}

function objectBreaches({ members = [], schema }: Field): Record<string, unknown> {
  const texts: Record<string, string> = { amount: '1.5', currency: 'EUR' };
  const right = Object.fromEntries(members.map(({ name }) => [name, texts[name] ?? 'text']));
  const wrong = members.flatMap((member) =>
    breachesOf(member).map(({ name, value }) => [
      `${member.name}, ${name}`,
      { ...right, [member.name]: value },
    ]),
  );
  const many = Array.from({ length: (schema.maxProperties ?? 0) + 1 }, (_, place) => [`name${place}`, place]);
  return {
    ...Object.fromEntries(wrong),
    'a member that is not known': { ...right, surprise: 1 },
    'a member that is missing': Object.fromEntries(Object.entries(right).slice(1)),
    'one member too many': Object.fromEntries(many),
    'the character U+0000': { a: [{ b: 'text\u0000' }] },
    'the character U+0000 in a name': { 'a\u0000': 1 },
  };
}

function textBreaches(field: Field): Record<string, unknown> {
  const { least, most, bounded } = lengthsOf(field);
  const tooLong = {
    'one character too many': textOf(most + 1, ['a', 'b']),
    'one character outside the basic plane too many': textOf(most + 1, ['😀', '𝒳']),
  };
  const tooShort = {
    'one character too few': textOf(least - 1, ['a']),
    'one emoji too few': textOf(least - 1, ['😀']),
  };
  return {
    ...(bounded ? tooLong : {}),
    ...(least > 0 ? tooShort : {}),
    'the character U+0000': `${textOf(Math.max(0, least - 1), ['a'])}\u0000`,
  };
}

function decimalBreaches(field: Field): Record<string, unknown> {
  const { whole, fraction } = digitsOf(field);
  const texts: Record<string, unknown> = {
    'one decimal too many': `1.${'1'.repeat(fraction + 1)}`,
    'one digit too many': '9'.repeat(whole + 1),
    'an exponent': '1e3',
    'a leading zero': '007',
    'a comma': '1,5',
    'no digit behind the point': '1.',
    'no digit before the point': '.5',
    'a blank': ' 1',
    'a line break': '1\n',
    'a plus sign': '+1',
    'hexadecimal digits': '0x10',
    'other digits': '١٢',
    'a decimal as a number': 1.5,
  };
  const { 'x-minimum': least, 'x-maximum': greatest } = field.schema;
  if (least !== undefined) texts['less than the minimum'] = nextTo(least, -1n, fraction);
  if (greatest !== undefined) texts['more than the maximum'] = nextTo(greatest, 1n, fraction);
  for (const text of ['NaN', 'Infinity', '-Infinity', '--1', '-']) texts[text] = text;
  return texts;
}

/** The decimal that is so many of its last digit more. */
function nextTo(decimal: string, more: bigint, fraction: number): string {
  const [whole, behind = ''] = decimal.split('.');
  const next = BigInt(whole + behind.padEnd(fraction, '0')) + more;
  const digits = String(next < 0n ? -next : next).padStart(fraction + 1, '0');
  const point = digits.length - fraction;
  return `${next < 0n ? '-' : ''}${digits.slice(0, point)}${fraction === 0 ? '' : `.${digits.slice(point)}`}`;
}

function enumBreaches({ schema }: Field): Record<string, unknown> {
  const texts = (schema.enum as unknown[]).filter((value) => typeof value === 'string');
  const variants = texts.flatMap((text) => [
    ['in upper case', text.toUpperCase()] as const,
    ['in lower case', text.toLowerCase()] as const,
    ['with a capital', text.charAt(0).toUpperCase() + text.slice(1)] as const,
    ['with a blank', `${text} `] as const,
  ]);
  return Object.fromEntries(variants.slice(0, 4).map(([name, value]) => [`"${value}" (${name})`, value]));
}
