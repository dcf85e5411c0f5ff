import { describe, expect, it } from 'vitest';
import { helpers } from '../../src/catalog/helpers.js';
import { interfaces, literal, property } from '../../templates/languages/node/helpers.js';
import {
  developmentDefaults,
  pythonLiteral,
  settingDefault,
} from '../../templates/languages/python/helpers.js';

describe('unreserved', () => {
  it('keeps away from the words of a language', () => {
    expect(helpers.unreserved('class', ['class', 'def'])).toBe('class_');
    expect(helpers.unreserved('kind', ['class', 'def'])).toBe('kind');
  });
});

describe('filled', () => {
  it('puts values into a text, as JSON', () => {
    const field = { max: 40, schema: { minLength: 1 }, values: ['a', 'b'] };
    expect(helpers.filled('Literal{values}', field)).toBe('Literal["a", "b"]');
    expect(helpers.filled('text({schema.minLength}, {max})', field)).toBe('text(1, 40)');
    expect(helpers.filled('bool', field)).toBe('bool');
  });

  it('refuses what is not there', () => {
    expect(() => helpers.filled('{schema.maximum}', { schema: {} })).toThrow('no "schema.maximum"');
    expect(() => helpers.filled('{other.thing}', {})).toThrow('no "other.thing"');
  });
});

describe('version', () => {
  it('is that of the tag, without digest', () => {
    expect(helpers.version('team/tool:1.2.3')).toBe('1.2.3');
    expect(helpers.version('ghcr.io/team/tool:v1.2.3@sha256:00ff')).toBe('1.2.3');
  });
});

describe('numbers', () => {
  it('become those of another unit', () => {
    expect(helpers.seconds(800)).toBe(0.8);
  });
});

describe('literals of a language', () => {
  it('are those of JavaScript', () => {
    const value = { a: "it's", b: [1, 'x'], c: null };
    expect(literal(value, 'a b c d', 0)).toBe(`{ a: "it's", b: [1, 'x'], c: null }`);
    expect(literal({ a: 'x'.repeat(120) }, 'a', 4)).toMatch(/^\{\n {4}a: 'x+',\n {2}\}$/);
    expect([property('name'), property('not-found')]).toEqual(['name', "'not-found'"]);
  });

  it('are those of Python', () => {
    expect(pythonLiteral({ any: [true, null, 'a'] })).toBe('{"any": [True, None, "a"]}');
    expect(settingDefault({ type: 'integer', default: 3 })).toBe('default=3');
    expect(settingDefault({ type: 'secret' })).toBe('');
    expect(['', 'a', 'a,b'].map((words) => settingDefault({ type: 'list', default: words }))).toEqual([
      'default=()',
      'default=("a",)',
      'default=("a", "b",)',
    ]);
    expect(developmentDefaults([{ name: 'A', developmentDefault: '' }, { name: 'B' }])).toBe('{"A": ""}');
  });
});

describe('interfaces', () => {
  it('are those of JSON Schemas', () => {
    const properties = {
      id: { type: 'string', description: 'Made by the server.' },
      kind: { type: ['string', 'null'], enum: ['a', 'b', null] },
      count: { type: ['integer', 'null'] },
      tags: { type: 'array', items: { type: 'string', enum: ['x', 'y'] } },
      meta: { $ref: '#/components/schemas/PageMeta' },
      checks: { type: 'object', additionalProperties: { type: 'boolean' } },
    };
    expect(
      interfaces({ Thing: { type: 'object', description: 'A thing.', required: ['id'], properties } }),
    ).toBe(
      `/**
 * A thing.
 */
export interface Thing {
  /**
   * Made by the server.
   */
  id: string;
  kind?: 'a' | 'b' | null;
  count?: number | null;
  tags?: ('x' | 'y')[];
  meta?: PageMeta;
  checks?: {
    [k: string]: boolean;
  };
}
`,
    );
  });
});
