import { randomUUID } from 'node:crypto';
import type { Schema } from './contract.js';

/**
 * Values that a JSON Schema accepts, different with each call where it leaves room.
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
  const combined = schema.allOf ?? schema.oneOf?.slice(0, 1) ?? schema.anyOf?.slice(0, 1);
  if (combined)
    return valueFor(
      Object.assign({}, schema, { allOf: undefined, oneOf: undefined, anyOf: undefined }, ...combined),
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

function numberFor(schema: Schema, serial: number): number {
  const least = schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + 1 : (schema.minimum ?? 0);
  const start = Math.max(least, 1);
  const most = schema.exclusiveMaximum !== undefined ? schema.exclusiveMaximum - 1 : (schema.maximum ?? 1e9);
  const step = schema.multipleOf ?? 1;
  const value = Math.ceil(start / step) * step + (serial % 1_000_000) * step;
  return value <= most ? value : Math.max(least, Math.min(start, most));
}

const formats: Record<string, (serial: number) => string> = {
  uuid: () => randomUUID(),
  date: (serial) => new Date(Date.UTC(2026, 0, 1 + (serial % 3650))).toISOString().slice(0, 10),
  'date-time': (serial) => new Date(Date.UTC(2026, 0, 1, 0, 0, serial % 1_000_000)).toISOString(),
  time: () => '08:30:00Z',
  email: (serial) => `verify-${serial}@example.com`,
  uri: (serial) => `https://example.com/${serial}`,
  hostname: () => 'example.com',
  ipv4: () => '192.0.2.1',
  ipv6: () => '2001:db8::1',
};

function textFor(schema: Schema, serial: number): string {
  const { minLength = 0, maxLength = 255, pattern, format } = schema;
  const made = formats[format]?.(serial);
  if (made !== undefined) return made;
  const candidates = [
    `verify ${serial}`.slice(0, maxLength).padEnd(minLength, '.'),
    String(serial).slice(-maxLength).padStart(minLength, '0'),
    `${serial % 1000}.${String(serial % 100).padStart(2, '0')}`,
    `v${serial}`.slice(0, maxLength).padEnd(minLength, 'x'),
    `V-${serial}`.slice(0, maxLength),
    schema.example ?? schema.examples?.[0] ?? schema.default ?? '',
  ];
  const matches = pattern === undefined ? () => true : (text: string) => new RegExp(pattern, 'u').test(text);
  return candidates.find((text) => typeof text === 'string' && matches(text)) ?? candidates[0];
}

/** A value that a schema of one field refuses, of a type that a lenient reader would turn into a right one. */
export function wrongValueFor(schema: Schema): unknown {
  const type = [schema.type].flat().find((name) => name !== 'null');
  if (type === 'integer' || type === 'number') return '5';
  if (type === 'boolean') return 'true';
  if (type === 'array' || type === 'object') return 5;
  return 5;
}
