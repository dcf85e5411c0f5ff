import { describe, expect, test } from 'vitest';
import { breachesOf } from '../../src/verify/checks/correctness/breaches.js';
import {
  completed,
  differenceOf,
  fieldsOf,
  isSame,
  shown,
} from '../../src/verify/checks/correctness/fields.js';
import { bodiesOf, samplesOf } from '../../src/verify/checks/correctness/values.js';
import { Contract } from '../../src/verify/contract/contract.js';

const decimal = '^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,4})?$';
const properties = {
  id: { type: 'string', format: 'uuid', readOnly: true },
  name: { type: 'string', minLength: 2, maxLength: 5, pattern: '^[^\\u0000]*$' },
  note: { type: ['string', 'null'], maxLength: 10_000 },
  price: { type: 'string', maxLength: 20, pattern: decimal },
  count: { anyOf: [{ type: 'integer', format: 'int32' }, { type: 'null' }] },
  kind: { type: 'string', enum: ['a', 'b'], default: 'a' },
  ok: { type: 'boolean' },
  tag: { type: 'string', format: 'uuid' },
  day: { type: 'string', format: 'date' },
  due: { type: 'string', format: 'date-time' },
  owner: { type: 'string', format: 'uuid', 'x-references': '/v1/owners' },
  code: { type: 'string', pattern: '^[A-Z]+$' },
  rate: {
    type: 'string',
    pattern: '^(0|[1-9][0-9]{0,2})(\\.[0-9]{1,2})?$',
    maxLength: 6,
    'x-minimum': '0.01',
    'x-maximum': '100',
  },
  mail: { type: 'string', format: 'email', maxLength: 254 },
  site: { type: 'string', format: 'uri', maxLength: 2048, pattern: '^https?://[A-Za-z0-9._~%/?#:&=;,+-]+$' },
  tags: {
    type: 'array',
    minItems: 1,
    maxItems: 4,
    uniqueItems: true,
    items: { type: 'string', minLength: 1, maxLength: 9, pattern: '^[^\\u0000]*$' },
  },
  total: {
    type: 'object',
    required: ['amount', 'currency'],
    additionalProperties: false,
    properties: {
      amount: { type: 'string', maxLength: 20, pattern: decimal },
      currency: { type: 'string', minLength: 3, maxLength: 3, pattern: '^[A-Z]{3}$' },
    },
  },
  meta: { type: ['object', 'null'], maxProperties: 100, additionalProperties: true, 'x-null-free': true },
};
const schema = { type: 'object', required: ['name', 'price'], properties };
const json = { content: { 'application/json': { schema } } };
const document = {
  openapi: '3.1.0',
  paths: {
    '/v1/things': { get: { responses: {} }, post: { requestBody: json, responses: { 201: json } } },
    '/v1/things/{id}': { get: { responses: { 200: json } } },
  },
};
const fields = fieldsOf(new Contract(JSON.stringify(document)).resources[0]!);
const field = (name: string) => fields.find((candidate) => candidate.name === name)!;

describe('fields', () => {
  test('are those that a caller gives, with their kinds', () => {
    expect(Object.fromEntries(fields.map(({ name, kind }) => [name, kind]))).toEqual({
      name: 'text',
      note: 'text',
      price: 'decimal',
      count: 'integer',
      kind: 'enum',
      ok: 'boolean',
      tag: 'uuid',
      day: 'date',
      due: 'date-time',
      owner: 'reference',
      code: 'other',
      rate: 'decimal',
      mail: 'email',
      site: 'url',
      tags: 'list',
      total: 'object',
      meta: 'object',
    });
    expect(fields.filter(({ nullable }) => nullable).map(({ name }) => name)).toEqual([
      'note',
      'count',
      'meta',
    ]);
    expect(fields.filter(({ required }) => required).map(({ name }) => name)).toEqual(['name', 'price']);
  });

  test('that were left out are their defaults, or null', () => {
    expect(completed(fields, { name: 'ab', price: '1' })).toMatchObject({
      kind: 'a',
      note: null,
      price: '1',
    });
  });
});

describe('values', () => {
  test.each(fields.map(({ name }) => name))('of %s are accepted, and broken ones refused', async (name) => {
    const samples = await samplesOf(field(name), ['01900000-0000-7000-8000-000000000001']);
    expect(samples.length).toBeGreaterThan(0);
    for (const value of samples.filter((sample) => sample !== null))
      expect(field(name).accepts(value)).toBe(true);
    const breaches = breachesOf(field(name));
    expect(breaches.length).toBeGreaterThan(2);
    for (const { value } of breaches.filter((breach) => breach.value !== null))
      expect(field(name).accepts(value)).toBe(false);
  });

  test('of a text have its bounds in code points, also outside of the basic plane', async () => {
    const texts = (await samplesOf(field('name'), [])) as string[];
    const lengths = texts.map((text) => [...text].length);
    expect(Math.min(...lengths)).toBe(2);
    expect(Math.max(...lengths)).toBe(5);
    expect(texts.some((text) => text.length === 10)).toBe(true);
  });

  test('of a decimal have all digits, last zeros and a sign', async () => {
    const decimals = await samplesOf(field('price'), []);
    for (const text of ['10.0000', '999999999999999.9999', '-999999999999999.999', '0.0001'])
      expect(decimals).toContain(text);
  });

  test('each come in a body, and optional fields are left out in one', async () => {
    const samples = Object.fromEntries(
      await Promise.all(fields.map(async (each) => [each.name, await samplesOf(each, ['x'])] as const)),
    );
    const bodies = bodiesOf(fields, samples);
    for (const { name } of fields)
      for (const value of samples[name]!) expect(bodies.some((body) => body[name] === value)).toBe(true);
    expect(Object.keys(bodies.at(-1)!)).toEqual(['name', 'price']);
  });
});

describe('values are the same', () => {
  test.each([
    ['price', '1.50', '1.50', true],
    ['price', '1.5', '1.500', true],
    ['price', '1.50', '1.5', false],
    ['price', '-0', '0', true],
    ['price', '0.1', '0.2', false],
    ['price', '999999999999999.9999', '1000000000000000.0000', false],
    ['price', '10', 10, false],
    ['due', '2026-01-15T08:30:00+05:30', '2026-01-15T03:00:00.000Z', true],
    ['due', '2026-01-15T08:30:00Z', '2026-01-15T08:30:01Z', false],
    ['tag', '01900000-0000-7000-8000-00000000000A', '01900000-0000-7000-8000-00000000000a', true],
    ['name', 'e\u0301', 'é', true],
    ['name', ' a', 'a', false],
    ['note', null, '', false],
    ['note', null, null, true],
    ['note', null, undefined, false],
    ['count', 5, '5', false],
    ['ok', false, null, false],
  ])('%s: %j and %j: %j', (name, sent, got, same) => {
    expect(isSame(field(name), sent, got)).toBe(same);
  });

  test('or the first difference is told', () => {
    const wanted = { name: 'ab', price: '1.50' };
    expect(differenceOf(fields, wanted, { name: 'ab', price: '1.5' })).toBe('"price" "1.5" and not "1.50"');
    expect(differenceOf(fields, wanted, wanted)).toBeUndefined();
  });
});

test('long values are cut off in messages', () => {
  expect(shown('x'.repeat(1000))).toMatch(/^"x{59}… \(1000 characters\)$/);
  expect(shown(undefined)).toBe('left out');
});
