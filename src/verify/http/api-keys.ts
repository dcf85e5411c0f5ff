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

/** How many keys of each role are made: as many principals as a row needs, for most rows. */
const made: Record<Role, number> = { reader: 40, editor: 120, admin: 20 };
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksumLength = 6;

/** Keys of many callers, each with one role. A caller keeps its key; when all are given away, they are shared. */
export class KeyPool {
  readonly #texts: Record<Role, string[]>;
  readonly #given = new Map<string, string>();
  readonly #next: Record<Role, number> = { reader: 0, editor: 0, admin: 0 };

  private constructor(keys: readonly ApiKey[]) {
    const ofRole = (role: Role) =>
      keys.filter(({ name }) => name === `verify-${role}`).map(({ key }) => key ?? '');
    this.#texts = { reader: ofRole('reader'), editor: ofRole('editor'), admin: ofRole('admin') };
  }

  /** @param command runs the project's command for keys with `--json` */
  static async make(command: (...args: string[]) => Promise<ApiKey[]>): Promise<KeyPool> {
    const purposes = roles.flatMap((role) =>
      Array.from({ length: made[role] }, () => [`verify-${role}`, role]).flat(),
    );
    const keys = await command('create', ...purposes);
    for (const { key } of keys) keepSecret(key ?? '', 'API_KEY');
    return new KeyPool(keys);
  }

  /** The key of a caller with that role. */
  keyOf(role: Role, subject: string): string {
    const caller = `${role} ${subject}`;
    let key = this.#given.get(caller);
    if (key === undefined) {
      const texts = this.#texts[role];
      key = texts[this.#next[role]++ % texts.length]!;
      this.#given.set(caller, key);
    }
    return key;
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
