import { randomUUID } from 'node:crypto';
import type { Resource, Schema } from './contract.js';
import { merged } from './document.js';

/**
 * Values that a JSON Schema accepts. Those for two numbers that follow one another differ where the schema leaves room:
 * a field can be unique.
 * @param serial counts up
 * @param reference the id of an item of that collection, for fields that refer to one (`x-references`)
 */
export async function valueFor(
  schema: Schema,
  serial: number,
  reference: (collection: string) => Promise<string>,
): Promise<unknown> {
  if (schema['x-references']) return reference(schema['x-references']);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) {
    const values = schema.enum.filter((value) => value !== null);
    return values[serial % values.length];
  }
  if (schema.allOf) return valueFor(merged(schema), serial, reference);
  const alternatives: Schema[] | undefined = schema.oneOf ?? schema.anyOf;
  const combined = alternatives?.filter((one) => one.type !== 'null').slice(0, 1);
  if (combined)
    return valueFor(
      Object.assign({}, schema, { oneOf: undefined, anyOf: undefined }, ...combined),
      serial,
      reference,
    );
  const type = [schema.type].flat().find((name) => name !== 'null');
  if (type === 'integer' || type === 'number') return numberFor(schema, serial);
  if (type === 'boolean') return serial % 2 === 0;
  if (type === 'array') {
    const length = Math.max(schema.minItems ?? 0, 1);
    return Promise.all(
      Array.from({ length }, (_, place) => valueFor(schema.items ?? {}, serial + place, reference)),
    );
  }
  if (type === 'object' || schema.properties) {
    const entries = Object.entries((schema.properties ?? {}) as Record<string, Schema>).filter(
      ([name, property]) => !property.readOnly && (schema.required ?? []).includes(name),
    );
    const values = await Promise.all(
      entries.map(async ([name, property]) => [name, await valueFor(property, serial, reference)]),
    );
    return Object.fromEntries(values);
  }
  return textFor(schema, serial);
}

/**
 * A body as this collection takes it: members with rules beyond the schema from examples, or from what its owner said.
 * `{n}` in a text is the number.
 */
export function withKnown(resource: Resource, made: Record<string, unknown>, serial: number) {
  const { bodies, ruled, examples, values } = resource;
  if (bodies === 'schema') return made;
  const known = Object.entries(examples).filter(([name]) => ruled.length === 0 || ruled.includes(name));
  const body = { ...made, ...Object.fromEntries(known) };
  return bodies === 'examples' ? body : { ...body, ...(numbered(values, serial) as object) };
}

function numbered(value: unknown, serial: number): unknown {
  if (typeof value === 'string') return value.replaceAll('{n}', String(serial));
  if (Array.isArray(value)) return value.map((entry) => numbered(entry, serial));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, numbered(entry, serial)]));
}

function numberFor(schema: Schema, serial: number): number {
  const least = schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + 1 : (schema.minimum ?? 0);
  const most = schema.exclusiveMaximum !== undefined ? schema.exclusiveMaximum - 1 : (schema.maximum ?? 1e9);
  const step = schema.multipleOf ?? 1;
  const first = Math.ceil((most < 1 ? least : Math.max(least, 1)) / step) * step;
  const count = Math.floor((most - first) / step) + 1;
  return count > 0 ? first + (serial % count) * step : least;
}

const formats: Record<string, (serial: number) => string> = {
  uuid: () => randomUUID(),
  date: (serial) => new Date(Date.UTC(2000, 0, 1 + (serial % 36_500))).toISOString().slice(0, 10),
  'date-time': (serial) => new Date(Date.UTC(2026, 0, 1, 0, 0, serial % 1_000_000)).toISOString(),
  time: (serial) => new Date((serial % 86_400) * 1000).toISOString().slice(11, 19).concat('Z'),
  email: (serial) => `verify-${serial}@example.com`,
  uri: (serial) => `https://example.com/${serial}`,
  hostname: (serial) => `host-${serial}.example.com`,
  // 198.18.0.0/15 and 2001:db8::/32 are for benchmarks and documents (RFC 2544, RFC 3849).
  ipv4: (serial) => `198.18.${Math.floor(serial / 256) % 256}.${serial % 256}`,
  ipv6: (serial) => `2001:db8::${(serial % 65_536).toString(16)}`,
};

function textFor(schema: Schema, serial: number): string {
  const { minLength = 0, maxLength = 255, pattern, format } = schema;
  const made = formats[format]?.(serial);
  if (made !== undefined) return made;
  const candidates = [
    `verify ${serial}`.padEnd(minLength, '.'),
    inDigits(serial, digits + letters, minLength, maxLength),
    inDigits(serial, digits, minLength, maxLength),
    `${serial}.${String(serial % 100).padStart(2, '0')}`,
    inDigits(serial, letters, minLength, maxLength),
    inDigits(serial, letters.toUpperCase(), minLength, maxLength),
    // What a few digits can say, between bounds.
    ...[3, 2, 1].map((count) => String(1 + (serial % (10 ** count - 1)))),
    `v${serial}`.padEnd(minLength, 'x'),
    `V-${serial}`,
    schema.example ?? schema.examples?.[0] ?? schema.default ?? '',
    schema['x-minimum'] ?? schema['x-maximum'] ?? '',
  ];
  const expression = pattern === undefined ? /^/ : new RegExp(pattern, 'u');
  const fits = (text: unknown) =>
    typeof text === 'string' &&
    text.length <= maxLength &&
    expression.test(text) &&
    !(Number(text) < Number(schema['x-minimum'])) &&
    !(Number(text) > Number(schema['x-maximum']));
  return candidates.find(fits) ?? candidates[1];
}

const digits = '0123456789';
const letters = 'abcdefghijklmnopqrstuvwxyz';

/** The end of a number, written with those characters: what differs most from one number to the next. */
function inDigits(serial: number, alphabet: string, least: number, most: number): string {
  let text = '';
  for (let rest = serial; rest > 0; rest = Math.floor(rest / alphabet.length))
    text = alphabet[rest % alphabet.length] + text;
  return text.slice(-most).padStart(least, alphabet[0]);
}

/** A value that a schema of one field refuses, of a type that a lenient reader would turn into a right one. */
export function wrongValueFor(schema: Schema): unknown {
  const type = [schema.type].flat().find((name) => name !== 'null');
  if (type === 'integer' || type === 'number') return '5';
  if (type === 'boolean') return 'true';
  if (type === 'array' || type === 'object') return 5;
  return 5;
}
