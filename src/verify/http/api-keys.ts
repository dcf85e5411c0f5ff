import { crc32 } from 'node:zlib';
import { type Role, roles } from './exchange.js';
import { keepSecret } from './secrets.js';
import { commonTenant } from './tokens.js';

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
/** How many other tenants have a caller: as many as rows ask for. */
const otherTenants = 8;
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksumLength = 6;

/** Keys of many callers, each with one key for each role. A caller keeps its keys; when all are given away, they are shared. */
export class KeyPool {
  readonly #callers: Record<string, string>[];
  readonly #given = new Map<string, Record<string, string>>();
  readonly #ofTenants = new Map<string, Record<string, string>>();

  /**
   * @param keys of callers who share a tenant, where there are tenants
   * @param others of a caller of another tenant each
   * @param alone of a caller without a tenant
   */
  private constructor(
    keys: readonly ApiKey[],
    private readonly others: Record<string, string>[] = [],
    private readonly alone: Record<string, string> = {},
  ) {
    this.#callers = callersOf(keys);
  }

  /**
   * @param command runs the project's command for keys with `--json`
   * @param tenants whether rows belong to tenants
   */
  static async make(command: (...args: string[]) => Promise<ApiKey[]>, tenants = false): Promise<KeyPool> {
    const create = async (names: readonly string[], tenant?: string) => {
      const words = names.flatMap((name) => roles.flatMap((role) => [name, role]));
      const keys = await command('create', ...words, ...(tenant ? ['--tenant', tenant] : []));
      for (const { key } of keys) keepSecret(key ?? '', 'API_KEY');
      return keys;
    };
    const names = Array.from({ length: made }, (_, place) => `verify-${place}`);
    if (!tenants) return new KeyPool(await create(names));
    const keys = await create(names, commonTenant);
    const others: Record<string, string>[] = [];
    for (let place = 0; place < otherTenants; place += 1)
      others.push(...callersOf(await create(['stranger'], `${commonTenant}-${place}`)));
    return new KeyPool(keys, others, callersOf(await create(['alone']))[0]);
  }

  /** The key of a caller with that role; of another tenant than all others, or of none (null), where that is asked for. */
  keyOf(role: Role, subject: string, tenant?: string | null): string {
    if (tenant === null) return this.alone[role]!;
    if (tenant !== undefined && tenant !== commonTenant) {
      const other = this.#ofTenants.get(tenant) ?? this.others[this.#ofTenants.size % otherTenants]!;
      this.#ofTenants.set(tenant, other);
      return other[role]!;
    }
    const known = this.#given.get(subject) ?? this.#callers[this.#given.size % made]!;
    this.#given.set(subject, known);
    return known[role]!;
  }
}

/** Keys by role, for each name. */
function callersOf(keys: readonly ApiKey[]): Record<string, string>[] {
  const byName = new Map<string, Record<string, string>>();
  for (const { name, roles: granted, key = '' } of keys)
    byName.set(name, { ...byName.get(name), [roles[granted.length - 1]!]: key });
  return [...byName.values()];
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
