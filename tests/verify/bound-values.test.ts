import { describe, expect, test } from 'vitest';
import { boundsOf } from '../../src/verify/checks/versioning/bound-values.js';

/** Lengths of the values on a bound and beyond it. */
async function lengthsOf(schema: Record<string, unknown>) {
  const bounds = await boundsOf(schema);
  return bounds.map(({ inside, outside }) => [inside, outside].map(({ value }) => (value as string).length));
}

describe('values at the bounds of a parameter', () => {
  test('numbers', async () => {
    const bounds = await boundsOf({ type: 'integer', minimum: 1, maximum: 100 });
    expect(bounds.map(({ inside, outside }) => [inside.value, outside.value])).toEqual([
      [1, 0],
      [100, 101],
    ]);
  });

  test.each<[string, { maxLength: number; pattern?: string; format?: string }]>([
    ['any', { maxLength: 1024 }],
    ['visible characters', { maxLength: 255, pattern: '^[!-~]+$' }],
    ['entity tags', { maxLength: 1024, pattern: '^(\\*|((W/)?"[^"]*"|[ \\t,])+)$' }],
    ['a list of words', { maxLength: 64, pattern: '^(id|name|price)(,(id|name|price))*$' }],
    [
      'times',
      { maxLength: 35, format: 'date-time', pattern: '^[12][0-9]{3}-.{5}T.+([Zz]|[+-][0-9]{2}:[0-9]{2})$' },
    ],
  ])('texts: %s', async (_, schema) => {
    const bounds = await boundsOf({ type: 'string', ...schema });
    expect(await lengthsOf({ type: 'string', ...schema })).toEqual([
      [schema.maxLength, schema.maxLength + 1],
    ]);
    const pattern = new RegExp(schema.pattern ?? '');
    for (const { inside, outside } of bounds) {
      expect(inside.value).toMatch(pattern);
      expect(outside.value).toMatch(pattern);
    }
  });

  test('no two texts for which there is room are the same: a key stands for one request', async () => {
    const [first, second] = [
      await boundsOf({ type: 'string', maxLength: 255 }),
      await boundsOf({ type: 'string', maxLength: 255 }),
    ];
    expect(first[0]!.inside.value).not.toBe(second[0]!.inside.value);
  });

  test('a text of one character has an empty one before it', async () => {
    expect(await lengthsOf({ type: 'string', minLength: 1, pattern: '^[!-~]+$' })).toEqual([[1, 0]]);
  });

  test('lists of allowed values', async () => {
    const items = { type: 'string', enum: ['draft', 'active'] };
    const [bound] = await boundsOf({ type: 'array', minItems: 1, maxItems: 3, items });
    expect(bound!.inside.value).toHaveLength(3);
    expect(bound!.outside.value).toHaveLength(4);
    for (const value of bound!.outside.value as string[]) expect(items.enum).toContain(value);
  });

  test.each([
    ['without bounds', { type: 'string' }],
    ['of some values', { type: 'string', enum: ['a'], maxLength: 5 }],
    ['that no value is found for', { type: 'string', maxLength: 40, pattern: '^[0-9a-f]{8}-[0-9a-f]{4}$' }],
    ['that are too long to be sent', { type: 'string', maxLength: 100_000 }],
  ])('none for texts %s', async (_, schema) => {
    expect(await boundsOf(schema)).toEqual([]);
  });
});
