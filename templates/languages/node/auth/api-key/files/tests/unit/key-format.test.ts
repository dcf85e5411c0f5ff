import { expect, test } from 'vitest';
import { hashOf, idIn, newKey } from '../../src/auth/key-format.js';

test('a key has a prefix, an id and a checksum', () => {
  const key = newKey('shop');
  expect(key).toMatch(/^shop_[0-9A-Za-z]{54}$/);
  expect(idIn(key)).toBe(key.slice(5, 21));
  expect(newKey('shop')).not.toBe(key);
});

test('a text with another checksum is no key, whatever differs', () => {
  const key = newKey('shop');
  const last = key.endsWith('a') ? 'b' : 'a';
  const changed = [
    ...[key.slice(0, -1) + last, key.slice(0, -1), `${key}0`, ` ${key}`, `${key}\n`, `x${key}`],
    ...[key.toUpperCase(), key.slice(5), `shop_${newKey('shop').slice(5, 21)}${key.slice(21)}`, '', 'shop'],
  ];
  for (const text of changed) expect([text, idIn(text)]).toEqual([text, undefined]);
});

test('the hash does not hold the key', () => {
  const key = newKey('shop');
  expect(hashOf(key)).toHaveLength(43);
  expect(hashOf(key)).not.toContain(key.slice(21, 30));
});
