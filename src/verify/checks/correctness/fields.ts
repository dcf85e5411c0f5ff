import { isDeepStrictEqual } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Resource, Schema } from '../../contract/contract.js';

export type Kind =
  | 'text'
  | 'decimal'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'enum'
  | 'uuid'
  | 'date'
  | 'date-time'
  | 'reference'
  | 'email'
  | 'url'
  | 'list'
  | 'object'
  | 'other';

/** A field that a caller gives, as the OpenAPI document describes it. */
export interface Field {
  name: string;
  kind: Kind;
  /** Schema of its values, without the alternative null. */
  schema: Schema;
  required: boolean;
  nullable: boolean;
  /** Its value when it is left out: the default, else null. */
  absent: unknown;
  /** Path of the collection that a reference points to; empty for other fields. */
  target: string;
  /** Of a list: its items. */
  item?: Field;
  /** Of an object with known members. */
  members?: Field[];
  /** Whether the schema accepts a value (JSON Schema 2020-12, formats included). */
  accepts(value: unknown): boolean;
}

/** Values of an item by the name of the field. */
export type Values = Record<string, unknown>;

const ajv = new Ajv2020({ strict: false, validateFormats: true });
addFormats.default(ajv);
// Extensions that generated projects use.
ajv.addKeyword({
  keyword: 'x-minimum',
  type: 'string',
  validate: (least: string, text: string) => !isLess(text, least),
});
ajv.addKeyword({
  keyword: 'x-maximum',
  type: 'string',
  validate: (most: string, text: string) => !isLess(most, text),
});
ajv.addKeyword({
  keyword: 'x-null-free',
  type: 'object',
  validate: (_: true, value: object) => !/(?<!\\)(?:\\\\)*\\u0000/.test(JSON.stringify(value)),
});
const known = new WeakMap<Resource, Field[]>();

/** The fields that the schema of a collection's POST describes. */
export function fieldsOf(resource: Resource): Field[] {
  const found = known.get(resource) ?? readFields(resource);
  known.set(resource, found);
  return found;
}

function readFields({ input, fields }: Resource): Field[] {
  return membersOf(input).filter(({ name }) => fields.includes(name));
}

function membersOf({ properties = {}, required = [] }: Schema): Field[] {
  return Object.entries(properties as Record<string, Schema>)
    .filter(([, property]) => !property.readOnly && !property.writeOnly)
    .map(([name, property]) => readField(name, property, required.includes(name)));
}

function readField(name: string, property: Schema, required: boolean): Field {
  const alternatives: Schema[] = property.anyOf ?? property.oneOf ?? [];
  const isNull = ({ type }: Schema) => type === 'null';
  const types: string[] = [property.type ?? []].flat();
  const nullable =
    types.includes('null') ||
    alternatives.some(isNull) ||
    property.nullable === true ||
    (property.enum ?? []).includes(null);
  const { anyOf: _any, oneOf: _one, ...own } = property;
  const rest = alternatives.filter((alternative) => !isNull(alternative));
  const schema: Schema = rest.length === 1 ? { ...own, ...rest[0] } : { ...property };
  if (Array.isArray(schema.type)) schema.type = schema.type.filter((type: string) => type !== 'null');
  if (Array.isArray(schema.type) && schema.type.length === 1) [schema.type] = schema.type;
  if (schema.enum) schema.enum = schema.enum.filter((value: unknown) => value !== null);
  const validate = ajv.compile(schema);
  const field = { name, schema, required, nullable, absent: property.default ?? null };
  return {
    ...field,
    kind: kindOf(schema),
    ...(schema.type === 'array' && schema.items ? { item: readField(name, schema.items, true) } : {}),
    ...(schema.type === 'object' && schema.properties ? { members: membersOf(schema) } : {}),
    target: schema['x-references'] ?? '',
    accepts: (value) => validate(value) === true,
  };
}

function kindOf(schema: Schema): Kind {
  if (schema['x-references']) return 'reference';
  if (schema.enum) return 'enum';
  const { type, format, pattern } = schema;
  if (type === 'integer' || type === 'number' || type === 'boolean') return type;
  if (type === 'array' && schema.items) return 'list';
  if (type === 'object' && (schema.properties || schema.additionalProperties === true)) return 'object';
  if (type !== 'string') return 'other';
  if (format === 'email') return format;
  if (format === 'uri') return 'url';
  if (format === 'uuid' || format === 'date' || format === 'date-time') return format;
  if (format === 'decimal') return 'decimal';
  if (format !== undefined) return 'other';
  if (pattern === undefined) return 'text';
  const expression = new RegExp(pattern, 'u');
  if (expression.test('1.5') && expression.test('10') && !expression.test('a b')) return 'decimal';
  return ['any text', 'ÄÖ', '"', '1'].every((text) => expression.test(text)) ? 'text' : 'other';
}

/** Whether a decimal is less than another. */
function isLess(text: string, other: string): boolean {
  const digits = (decimal: string) => decimal.split('.')[1]?.length ?? 0;
  const scale = Math.max(digits(text), digits(other));
  const whole = (decimal: string) => BigInt(decimal.replace('.', '') + '0'.repeat(scale - digits(decimal)));
  return /^-?\d+(\.\d+)?$/.test(text) && /^-?\d+(\.\d+)?$/.test(other) && whole(text) < whole(other);
}

/**
 * Whether an answer holds a value that was sent: texts in the same code points or normalized (NFC), decimals as equal
 * numbers with no fewer fraction digits, date-times as the same instant.
 */
export function isSame({ kind, item, members }: Field, sent: unknown, got: unknown): boolean {
  if (item && Array.isArray(sent) && Array.isArray(got))
    return sent.length === got.length && sent.every((value, place) => isSame(item, value, got[place]));
  if (members && isRecord(sent) && isRecord(got))
    return members.every((member) => isSame(member, sent[member.name] ?? null, got[member.name] ?? null));
  if (sent === null || got === null || got === undefined) return sent === got;
  if (kind === 'number' || kind === 'integer') return typeof got === 'number' && got === sent;
  if (typeof sent !== 'string' || typeof got !== 'string') return isDeepStrictEqual(sent, got);
  if (kind === 'decimal') return isSameDecimal(sent, got);
  if (kind === 'date-time') return Date.parse(sent) === Date.parse(got);
  if (kind === 'uuid' || kind === 'reference') return sent.toLowerCase() === got.toLowerCase();
  return got === sent || got === sent.normalize('NFC');
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const decimal = /^(-?)0*(\d+?)(?:\.(\d*))?$/;

function isSameDecimal(sent: string, got: string): boolean {
  const [, , , asked = ''] = decimal.exec(sent) ?? [];
  const [, , , answered] = decimal.exec(got) ?? [];
  return plain(sent) === plain(got) && (answered ?? '').length >= asked.length;
}

/** A decimal without zeros that say nothing. */
function plain(text: string): string {
  const [, sign, whole, fraction = ''] = decimal.exec(text) ?? [];
  if (whole === undefined) return `no decimal: ${text}`;
  const digits = `${whole}.${fraction.replace(/0+$/, '')}`;
  return digits === '0.' ? digits : `${sign}${digits}`;
}

/** The values of an item after a body was stored: omitted fields have their defaults, or null. */
export function completed(fields: readonly Field[], body: Values): Values {
  return Object.fromEntries(fields.map(({ name, absent }) => [name, name in body ? body[name] : absent]));
}

/** @returns the first field in which an item differs from what was stored, in words; undefined where none does */
export function differenceOf(fields: readonly Field[], wanted: Values, got: Values): string | undefined {
  const field = fields.find(
    ({ name }) => name in wanted && !isSame(fieldOf(fields, name), wanted[name], got[name]),
  );
  if (!field) return undefined;
  const { name } = field;
  return `"${name}" ${shown(got[name])} and not ${shown(wanted[name])}`;
}

function fieldOf(fields: readonly Field[], name: string): Field {
  return fields.find((field) => field.name === name)!;
}

/** A value for a message, cut off where it is longer than that. */
export function shown(value: unknown, longest = 60): string {
  const text = JSON.stringify(value) ?? 'left out';
  if (text.length <= longest * 1.6) return text;
  return `${[...text].slice(0, longest).join('')}… (${[...String(value)].length} characters)`;
}
