import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 16;
/** 32 of 62 characters are 190 bits. */
const secretLength = 32;
const checksumLength = 6;
const form = new RegExp(
  `^[A-Za-z0-9._-]{1,64}_([0-9A-Za-z]{${idLength}})[0-9A-Za-z]{${secretLength + checksumLength}}$`,
);

/** A new API key: a prefix for people and secret scanners, its public id, a secret and a checksum. */
export function newKey(prefix: string): string {
  const start = `${prefix}_${randomDigits(idLength + secretLength)}`;
  return start + checksumOf(start);
}

/** The public id of a key; undefined for a text that is no key. Most mistakes and guesses end here, without a query. */
export function idIn(key: string): string | undefined {
  const start = key.slice(0, -checksumLength);
  return checksumOf(start) === key.slice(-checksumLength) ? form.exec(key)?.[1] : undefined;
}

/** What the database has of a key. No salt and no slow hash: the key is random, there is nothing to guess. */
export function hashOf(key: string): string {
  return hash('sha256', key, 'base64url');
}

function randomDigits(count: number): string {
  return Array.from({ length: count }, () => digits[randomInt(digits.length)]).join('');
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let sum = '';
  for (let place = 0; place < checksumLength; place += 1) {
    sum = digits[rest % digits.length] + sum;
    rest = Math.floor(rest / digits.length);
  }
  return sum;
}
