import { nearest } from '../cli/nearest.js';

/** What becomes of a reference when what it points to is deleted, in SQL; empty where that is refused. */
export type DeleteAction = '' | 'cascade' | 'set null';

/** What a field type is with its parameters. */
export interface Details {
  /** JSON Schema of the value. */
  schema: Record<string, unknown>;
  /** Canonical parameters, e.g. `(10,2,min=0)`. */
  parameters: string;
  max: number;
  /** Digits of a decimal, and how many of them are behind its point. */
  precision: number;
  scale: number;
  values: string[];
  target: string;
  onDelete: DeleteAction;
  examples: unknown[];
  /** The key of the field in tables of types, where it is not the type: `range`, `amount`, `bounded`, `list`, `distinct`. */
  form?: string;
  /** The bounds of a decimal that its pattern does not say. */
  bounds?: { 'x-minimum'?: string; 'x-maximum'?: string };
  /** Condition of a check constraint; `$` is the column. */
  check?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON Schema
type Schema = Record<string, any>;

const rows = [0, 1, 2, 3];
const people = ['ada', 'grace', 'alan', 'mary'];
export const noNull = '^[^\\u0000]*$';
const character = "[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}";
/** A URL of http or https (RFC 3986) without user and password; its port and host are not resolved. */
const url = `^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?](${character})*)?(#(${character})*)?$`;

export const largestInteger = 2 ** 31 - 1;
export const plainDigits = { precision: 19, scale: 4 };

/** The types of this file: JSON Schema, four examples, an invalid value, and whether they can be sorted. */
export const valueTypes = {
  email: {
    schema: { type: 'string', format: 'email', maxLength: 254 },
    examples: people.map((name) => `${name}@example.com`),
    invalid: 'nobody',
    sortable: true,
  },
  url: {
    schema: { type: 'string', format: 'uri', maxLength: 2048, pattern: url },
    examples: people.map((name) => `https://example.com/${name}`),
    invalid: 'ftp://example.com/',
    sortable: false,
  },
  money: {
    schema: {
      type: 'object',
      description: 'An exact amount, and the code of its currency (ISO 4217).',
      required: ['amount', 'currency'],
      additionalProperties: false,
      properties: {
        amount: { type: 'string', maxLength: 21, pattern: decimalPattern(plainDigits, true) },
        currency: { type: 'string', minLength: 3, maxLength: 3, pattern: '^[A-Z]{3}$' },
      },
    },
    examples: ['9.99', '19.50', '120.00', '24.90'].map((amount) => ({ amount, currency: 'EUR' })),
    invalid: 9.99,
    sortable: false,
  },
  json: {
    schema: {
      type: 'object',
      description: 'Any JSON object.',
      maxProperties: 100,
      additionalProperties: true,
      'x-null-free': true,
    },
    examples: rows.map((row) => ({ source: 'import', row: row + 1 })),
    invalid: 5,
    sortable: false,
  },
};

/** `integer(0,150)` */
export function integerDetails(plain: Details, parameters: string, unique: boolean): Details | string {
  const [least, most, ...more] = parameters.split(',').map(integerOf);
  if (least === undefined || most === undefined || more.length > 0 || !(least <= most))
    return `write integer(min,max) with ${-largestInteger - 1} <= min <= max <= ${largestInteger}`;
  if (unique && (least > 1000 || most < 9999))
    return 'a unique integer needs room: bounds that include 1000 to 9999, or none';
  const middle = Math.floor((least + most) / 2);
  return {
    ...plain,
    schema: { type: 'integer', format: 'int32', minimum: least, maximum: most },
    parameters: `(${least},${most})`,
    form: 'range',
    check: `$ between ${least} and ${most}`,
    examples: least <= 10 && most >= 30 ? plain.examples : [least, middle, most],
  };
}

function integerOf(text: string): number {
  const value = /^\s*-?\d{1,10}\s*$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(value) <= largestInteger || value === -largestInteger - 1 ? value : Number.NaN;
}

/** `decimal(10,2,min=0)` */
export function decimalDetails(plain: Details, parameters: string, unique: boolean): Details | string {
  if (unique) return 'a unique decimal takes nothing in parentheses';
  const form = 'write decimal(precision,scale), decimal(precision,scale,min=0,max=100) or decimal(min=0)';
  const parts = parameters.split(',').map((part) => part.trim());
  const named = parts.filter((part) => part.includes('='));
  const given = Object.fromEntries(named.map((part) => part.split('=').map((text) => text.trim())));
  const wrong = Object.keys(given).find((name) => !['min', 'max'].includes(name));
  if (wrong !== undefined) {
    const near = nearest(wrong, ['min', 'max']);
    return `"${wrong}" is no bound${near ? `; did you mean ${near}?` : ''}; ${form}`;
  }
  const counts = parts.filter((part) => !part.includes('='));
  if (!counts.every((part) => /^\d{1,2}$/.test(part)) || counts.length > 2) return form;
  const [precision = plainDigits.precision, scale = counts.length === 1 ? 0 : plainDigits.scale] =
    counts.map(Number);
  if (precision < 1 || precision > 19 || scale > precision || scale > 9)
    return `${form}, with precision from 1 to 19 digits, and of them at most 9 behind the point`;
  const { min, max } = given;
  const signed = decimalPattern({ precision, scale }, true);
  const outside = [min, max].find((bound) => bound !== undefined && !new RegExp(signed).test(bound));
  if (outside !== undefined) return `the bound "${outside}" has more digits than the field; ${form}`;
  if (min !== undefined && max !== undefined && scaled(min) > scaled(max)) return 'min is larger than max';
  const positive = min !== undefined && scaled(min) >= 0n;
  const conditions = [
    ...(min === undefined ? [] : [`cast($ as numeric) >= ${min}`]),
    ...(max === undefined ? [] : [`cast($ as numeric) <= ${max}`]),
  ];
  const bounds = {
    // The pattern says that it has no sign.
    ...(min === undefined || scaled(min) === 0n ? {} : { 'x-minimum': min }),
    ...(max === undefined ? {} : { 'x-maximum': max }),
  };
  const schema = {
    type: 'string',
    maxLength: precision + (positive ? 1 : 2),
    pattern: decimalPattern({ precision, scale }, !positive),
    ...bounds,
  };
  const usual = [9.99, 19.5, 120].map((value) => value.toFixed(Math.min(scale, 2)));
  const examples = [...usual, min, max, '0', '1', '0.5', '-1'].filter(
    (value): value is string => value !== undefined && accepts(schema, value),
  );
  return {
    ...plain,
    schema,
    parameters: `(${[...(counts.length > 0 ? [precision, scale] : []), ...named.map((part) => part.replace(/\s/g, ''))].join(',')})`,
    form: Object.keys(bounds).length > 0 ? 'bounded' : 'amount',
    precision,
    scale,
    bounds,
    check: conditions.join(' and '),
    examples: rows.map((row) => examples[row % Math.min(3, examples.length)]),
  };
}

function decimalPattern({ precision, scale }: { precision: number; scale: number }, signed: boolean): string {
  const sign = signed ? '-?' : '';
  const whole = precision === scale ? '0' : `(0|[1-9][0-9]{0,${precision - scale - 1}})`;
  return `^${sign}${whole}${scale === 0 ? '' : `(\\.[0-9]{1,${scale}})?`}$`;
}

/** A decimal as a whole number, so that decimals compare exactly. */
function scaled(text: string): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(9, '0'));
}

/** Types that a list can have, with what to write instead of the others. */
export function itemProblem(type: string): string | undefined {
  const instead: Record<string, string> = {
    text: 'use string(min,max)[]',
    uuid: 'give them a resource of their own',
    datetime: 'give them a resource of their own',
    ref: 'make a resource of the pairs, such as "membership: team:ref(team), person:ref(person)"',
    json: 'one json field can hold them all',
    money: 'give them a resource of their own',
  };
  return instead[type] === undefined ? undefined : `a ${type} cannot be in a list; ${instead[type]}`;
}

/** `string(1,40)[0,10]!` */
export function listDetails(item: Details, given: string, distinct: boolean): Details | string {
  const counts =
    given.trim() === '' ? [20] : given.split(',').map((part) => Number(part.trim() || Number.NaN));
  const [least, most] = counts.length === 1 ? [0, counts[0]!] : counts;
  if (
    counts.length > 2 ||
    !Number.isInteger(least) ||
    !Number.isInteger(most) ||
    !(0 <= least! && least! <= most! && 1 <= most! && most! <= 100)
  )
    return 'write type[], type[max] or type[min,max] with 0 <= min <= max <= 100';
  const pool = distinct ? [...new Set(item.examples)] : item.examples;
  if (distinct && least! > pool.length)
    return `a list of different items can require at most ${pool.length} of them; write [${pool.length},${most}]`;
  const length = Math.max(least!, Math.min(2, most!, distinct ? pool.length : 2));
  const examples = rows.map((row) => Array.from({ length }, (_, place) => pool[(row + place) % pool.length]));
  return {
    ...item,
    schema: {
      type: 'array',
      minItems: least,
      maxItems: most,
      ...(distinct ? { uniqueItems: true } : {}),
      items: item.schema,
    },
    parameters: `${item.parameters}[${given.trim() === '' ? '' : least === 0 ? most : `${least},${most}`}]`,
    form: distinct ? 'distinct' : 'list',
    check: '',
    examples,
  };
}

/**
 * Reads the default of a field: a text may stand in quotes, a list or an object is JSON.
 * @returns undefined when it is no value of the field
 */
export function defaultOf(schema: Record<string, unknown>, text: string): unknown {
  const [, quoted] = /^'((?:[^']|'')*)'$/s.exec(text) ?? [];
  const value =
    quoted === undefined && schema.type !== 'string' ? parsed(text) : (quoted?.replaceAll("''", "'") ?? text);
  if (!accepts(schema, value)) return undefined;
  return schema.format === 'date-time' ? new Date(value as string).toISOString() : value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A default as the grammar writes it. */
export function defaultText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[A-Za-z0-9._-]+$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}

/** Whether a value is one of a field: what JSON Schema says, as far as fields use it. */
export function accepts(schema: Schema, value: unknown): boolean {
  const { type } = schema;
  if (schema.enum) return schema.enum.includes(value);
  if (type === 'string') return typeof value === 'string' && acceptsText(schema, value);
  if (type === 'integer') return isBetween(Number.isInteger(value) ? Number(value) : Number.NaN, schema);
  if (type === 'array') return Array.isArray(value) && acceptsItems(schema, value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function isBetween(value: number, { minimum, maximum }: Schema): boolean {
  return value >= minimum && value <= maximum;
}

function acceptsText(schema: Schema, value: string): boolean {
  const {
    minLength = 0,
    maxLength = 40,
    pattern = '',
    format,
    'x-minimum': least,
    'x-maximum': most,
  } = schema;
  const { length } = [...value];
  if (length < minLength || length > maxLength || !new RegExp(pattern, 'u').test(value)) return false;
  if (format === 'date') return isDay(value);
  if (format === 'date-time') return isDay(value.slice(0, 10)) && !Number.isNaN(Date.parse(value));
  if (format === 'email') return /^[\w.+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$/.test(value);
  return (!least || scaled(value) >= scaled(least)) && (!most || scaled(value) <= scaled(most));
}

function acceptsItems({ items, minItems = 0, maxItems, uniqueItems }: Schema, values: unknown[]): boolean {
  const distinct = uniqueItems !== true || new Set(values).size === values.length;
  return (
    distinct &&
    values.length >= minItems &&
    values.length <= maxItems &&
    values.every((value) => accepts(items, value))
  );
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
