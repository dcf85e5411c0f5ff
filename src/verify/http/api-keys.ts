import { crc32 } from 'node:zlib';
import { type Role, roles } from './exchange.js';
import { keepSecret } from './secrets.js';

/** A key as the project's own command shows it with `--json`. */
export interface ApiKey {
  id: string;
  name: string;
  roles: string[];
  expiresAt: string | null;
  revokedAt: string | null;
  /** Its text, only where it was just made. */
  key?: string;
}

/** How many callers have keys: as many principals as a row needs, for most rows. */
const made = 160;
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksumLength = 6;

/** Keys of many callers, each with one key for each role. A caller keeps its keys; when all are given away, they are shared. */
export class KeyPool {
  readonly #callers: Record<string, string>[];
  readonly #given = new Map<string, Record<string, string>>();

  private constructor(keys: readonly ApiKey[]) {
    const byName = new Map<string, Record<string, string>>();
    for (const { name, roles: granted, key = '' } of keys)
      byName.set(name, { ...byName.get(name), [roles[granted.length - 1]!]: key });
    this.#callers = [...byName.values()];
  }

  /** @param command runs the project's command for keys with `--json` */
  static async make(command: (...args: string[]) => Promise<ApiKey[]>): Promise<KeyPool> {
    const names = Array.from({ length: made }, (_, place) => `verify-${place}`);
    const keys = await command('create', ...names.flatMap((name) => roles.flatMap((role) => [name, role])));
    for (const { key } of keys) keepSecret(key ?? '', 'API_KEY');
    return new KeyPool(keys);
  }

  /** The key of a caller with that role. */
  keyOf(role: Role, subject: string): string {
    const known = this.#given.get(subject) ?? this.#callers[this.#given.size % made]!;
    this.#given.set(subject, known);
    return known[role]!;
  }
}

/** A key with the same id and another secret, whose checksum is right: who has it knows the form of keys, and no more. */
export function withOtherSecret(key: string): string {
  const start = key.slice(0, -checksumLength);
  const last = start.endsWith('a') ? 'b' : 'a';
  const changed = start.slice(0, -1) + last;
  return changed + checksumOf(changed);
}

/** CRC-32 in base 62, as projects write it. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let sum = '';
  for (let place = 0; place < checksumLength; place += 1) {
    sum = digits[rest % digits.length] + sum;
    rest = Math.floor(rest / digits.length);
  }
  return sum;
}
