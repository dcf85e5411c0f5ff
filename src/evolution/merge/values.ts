import { isDeepStrictEqual } from 'node:util';
import type { Sides } from './text.js';

/** A value of a JSON or YAML document. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
type Maybe = Value | undefined;

export interface MergedValue {
  value: Maybe;
  /** The number of values that both sides changed in different ways. */
  clashes: number;
  /** Whether all of them are lists. */
  inLists: boolean;
}

/**
 * Merges by key. Lists are merged by item, which its `name`, its `id` or its whole value identifies, where items are unique
 * and the sides agree on order and replacements.
 * @param side whose value stands where both changed it in different ways
 */
export function mergeValues(values: Sides<Maybe>, side: keyof Sides<Maybe>): MergedValue {
  const clashes: boolean[] = [];
  const merge: MergeValue = (b, m, t) => {
    if (isDeepStrictEqual(m, t) || isDeepStrictEqual(b, t)) return m;
    if (isDeepStrictEqual(b, m)) return t;
    if (isMap(m) && isMap(t) && (b === undefined || isMap(b))) {
      const from = new Map(Object.entries(b ?? {}));
      const [own, other] = [new Map(Object.entries(m)), new Map(Object.entries(t))];
      const keys = mergedOrder([...own.keys()], [...other.keys()]);
      return Object.fromEntries(mergeItems(keys, from, own, other, merge));
    }
    const [from, own, other] = [b ?? [], m, t].map(itemsOf);
    const keys = from && own && other && listOrder([...from.keys()], [...own.keys()], [...other.keys()]);
    if (keys) return mergeItems(keys, from, own, other, merge).map(([, value]) => value);
    clashes.push([b ?? [], m, t].every(Array.isArray));
    return { base: b, mine: m, theirs: t }[side];
  };
  const value = merge(values.base, values.mine, values.theirs);
  return { value, clashes: clashes.length, inLists: clashes.every(Boolean) };
}

type MergeValue = (base: Maybe, mine: Maybe, theirs: Maybe) => Maybe;
type Items = ReadonlyMap<string, Value>;

function mergeItems(keys: readonly string[], base: Items, mine: Items, theirs: Items, merge: MergeValue) {
  return keys.flatMap((key): [string, Value][] => {
    const value = merge(base.get(key), mine.get(key), theirs.get(key));
    return value === undefined ? [] : [[key, value]];
  });
}

/** The keys of one side, with those that only the other one has after their neighbour there. */
export function mergedOrder(mine: readonly string[], theirs: readonly string[]): string[] {
  const order = [...mine];
  const known = new Set(mine);
  for (const [place, key] of theirs.entries()) {
    if (known.has(key)) continue;
    order.splice(place === 0 ? 0 : order.indexOf(theirs[place - 1]!) + 1, 0, key);
    known.add(key);
  }
  return order;
}

/** @returns undefined where both sides reordered the list, or replaced the same item, in different ways */
function listOrder(base: string[], mine: string[], theirs: string[]): string[] | undefined {
  const [own, other] = [mine, theirs].map((keys) => ({
    added: keys.filter((key) => !base.includes(key)),
    removed: base.filter((key) => !keys.includes(key)),
    reordered: !isDeepStrictEqual(
      keys.filter((key) => base.includes(key)),
      base.filter((key) => keys.includes(key)),
    ),
  })) as [Edits, Edits];
  if (own.reordered && other.reordered) return undefined;
  const replaced = own.removed.some((key) => other.removed.includes(key));
  if (replaced && own.added.length > 0 && other.added.length > 0) return undefined;
  return other.reordered ? mergedOrder(theirs, mine) : mergedOrder(mine, theirs);
}

interface Edits {
  added: string[];
  removed: string[];
  reordered: boolean;
}

/** The items of a list by their keys; undefined if it is no list, or has several items with one key. */
export function itemsOf(list: Maybe): Items | undefined {
  if (!Array.isArray(list)) return undefined;
  const items = new Map(list.map((item) => [itemKey(item), item]));
  return items.size === list.length ? items : undefined;
}

function itemKey(item: Value): string {
  const identity = isMap(item) ? (item.name ?? item.id) : undefined;
  return JSON.stringify(typeof identity === 'string' ? { identity } : item);
}

/** Whether a value is a map. */
export function isMap(value: Maybe): value is { [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
