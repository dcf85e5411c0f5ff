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
    default:
      return {};
  }
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
  for (const text of ['NaN', 'Infinity', '-Infinity', '--1', '-']) texts[text] = text;
  return texts;
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
