import { randomUUID } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { valueFor } from '../../contract/bodies.js';
import type { Schema } from '../../contract/contract.js';

/** A value of a parameter, with what it is in words: `of 255 characters`. */
export interface BoundValue {
  what: string;
  value: string | number | string[];
}

/** A bound of a parameter: a value on it, and the nearest one beyond it. */
export interface Bound {
  inside: BoundValue;
  outside: BoundValue;
}

const ajv = new Ajv2020({ strict: false, validateFormats: true });
addFormats.default(ajv);
/** Longer values do not reach an API: servers refuse the request line or the headers. */
const longestSent = 4096;

/**
 * The bounds of a parameter by its schema: the least and the greatest number, the shortest and the longest text, the
 * fewest and the most items of a list. What is beyond a bound breaks no other keyword. Bounds for which no value is found
 * are left out.
 */
export async function boundsOf(schema: Schema): Promise<Bound[]> {
  const types = [schema.type].flat();
  if (types.includes('integer')) return numberBounds(schema);
  if (types.includes('string')) return textBounds(schema);
  if (types.includes('array')) return listBounds(schema);
  return [];
}

function numberBounds({ minimum, maximum }: Schema): Bound[] {
  const at = (value: number): BoundValue => ({ what: String(value), value });
  return [
    ...(minimum === undefined ? [] : [{ inside: at(minimum), outside: at(minimum - 1) }]),
    ...(maximum === undefined ? [] : [{ inside: at(maximum), outside: at(maximum + 1) }]),
  ];
}

function textBounds({ minLength = 0, maxLength = Number.POSITIVE_INFINITY, ...others }: Schema): Bound[] {
  if (others.enum || others.const !== undefined) return [];
  const found = [
    ...(minLength > 0 ? [[minLength, minLength - 1] as const] : []),
    ...(maxLength < longestSent ? [[maxLength, maxLength + 1] as const] : []),
  ];
  return found.flatMap(([length, beyond]) => {
    const inside = textOf(length, others);
    // Without a character, a text fits no pattern: it is refused for both.
    const outside = beyond === 0 ? '' : textOf(beyond, others);
    if (inside === undefined || outside === undefined) return [];
    return [{ inside: described(inside), outside: described(outside) }];
  });
}

function described(text: string): BoundValue {
  return { what: `of ${text.length} character${text.length === 1 ? '' : 's'}`, value: text };
}

async function listBounds({ items = {}, minItems = 0, maxItems, uniqueItems }: Schema): Promise<Bound[]> {
  if (uniqueItems) return [];
  const of = async (count: number): Promise<BoundValue> => ({
    what: `with ${count} value${count === 1 ? '' : 's'}`,
    value: await Promise.all(
      Array.from({ length: count }, async (_, place) =>
        String(await valueFor(items, place + 1, async () => '')),
      ),
    ),
  });
  return [
    // An empty list is written like an empty value.
    ...(minItems > 1 ? [{ inside: await of(minItems), outside: await of(minItems - 1) }] : []),
    ...(maxItems === undefined ? [] : [{ inside: await of(maxItems), outside: await of(maxItems + 1) }]),
  ];
}

/** A text of that length that fits the pattern and the format; undefined where none is found. */
function textOf(length: number, schema: Schema): string | undefined {
  const accepts = ajv.compile<string>({ ...schema, type: 'string' });
  const filled = (begin: string, filling: string, end = '') =>
    begin + filling.repeat(Math.max(0, length - begin.length - end.length)) + end;
  // A key stands for one request.
  const unique = randomUUID().replaceAll('-', '').slice(0, length);
  const candidates = [
    filled(unique, 'x'),
    filled('', 'x'),
    filled('', '1'),
    filled('"', 'x', '"'),
    filled('2026-01-15T08:30:00.', '1', 'Z'),
    listOf(length, schema.pattern ?? '', accepts),
  ];
  return candidates.find((text) => text?.length === length && accepts(text));
}

/** Words of the pattern that are values by themselves, with commas between them. */
function listOf(length: number, pattern: string, accepts: (text: string) => boolean): string | undefined {
  const words = [...new Set(pattern.match(/\w+/g) ?? [])].filter(accepts);
  // With a comma behind each, so that lengths add up.
  const made: (string | undefined)[] = [''];
  for (let end = 1; end <= length + 1; end += 1) {
    const last = words.find((word) => made[end - word.length - 1] !== undefined);
    made[end] = last === undefined ? undefined : `${made[end - last.length - 1]}${last},`;
  }
  return made[length + 1]?.slice(0, -1);
}
