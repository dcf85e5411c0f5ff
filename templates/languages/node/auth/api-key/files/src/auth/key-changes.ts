import type { CallContext } from '../context.js';
import type { Database, Transaction } from '../database/database.js';
import { Problem } from '../problem.js';
import { hashOf, idIn, newKey } from './key-format.js';
import { type Key, keys } from './keys.js';

/** A key that was just made: the only time that its text is known. */
export type MadeKey = Key & { key: string };

/** What a key is made for. */
type Purpose = Pick<Key, 'name' | 'roles' | 'expiresAt'> & { clientId?: string; tenant?: string | null };

/**
 * Makes keys in one transaction. Those of one name are keys of one client, such as one that reads and one that writes.
 * @param given the text of the only one, where it is known
 * @throws ConstraintError `unique` when that one is there
 */
export function createKeys(
  { database, prefix }: { database: Database; prefix: string },
  purposes: readonly Purpose[],
  context: CallContext,
  given?: string,
): Promise<MadeKey[]> {
  return database.transaction(context, async (transaction) => {
    const made: MadeKey[] = [];
    for (const purpose of purposes) {
      const clientId = made.find(({ name }) => name === purpose.name)?.clientId;
      const key = given ?? newKey(prefix);
      made.push(await create(transaction, clientId === undefined ? purpose : { clientId, ...purpose }, key));
    }
    return made;
  });
}

/**
 * Makes a new key for the client of a key, which expires after `overlapMs` from now at the latest. The new one lives as long as
 * the old one was made for.
 * @throws Problem `not-found`, `conflict` for a key that is revoked or has expired
 */
export async function rotateKey(
  { database, prefix }: { database: Database; prefix: string },
  id: string,
  overlapMs: number,
  context: CallContext,
): Promise<MadeKey> {
  const old = (await keys.byId(database, id, context))?.key;
  if (!old) throw noKey();
  const now = Date.now();
  const expiry = old.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(old.expiresAt);
  if (old.revokedAt !== null || expiry <= now)
    throw new Problem('conflict', { detail: 'The key is revoked or has expired: create a new one.' });
  const life = expiry - Date.parse(old.createdAt);
  const { clientId, name, roles, tenant } = old;
  const expiresAt = old.expiresAt === null ? null : new Date(now + life).toISOString();
  return database.transaction(context, async (transaction) => {
    await keys.change(transaction, id, {
      expiresAt: new Date(Math.min(expiry, now + overlapMs)).toISOString(),
    });
    return create(transaction, { clientId, name, roles, tenant, expiresAt }, newKey(prefix));
  });
}

/** Ends a key. Instances know of it within seconds. @throws Problem `not-found` */
export async function revokeKey(database: Database, id: string, context: CallContext): Promise<Key> {
  const revokedAt = new Date().toISOString();
  const revoked = await database.transaction(context, (transaction) =>
    keys.change(transaction, id, { revokedAt }),
  );
  if (!revoked) throw noKey();
  return revoked;
}

async function create(transaction: Transaction, purpose: Purpose, key: string): Promise<MadeKey> {
  const id = idIn(key);
  if (id === undefined) throw new Problem('malformed-request', { detail: 'This is no API key.' });
  return { ...(await keys.insert(transaction, { ...purpose, id, keyHash: hashOf(key) })), key };
}

function noKey(): Problem {
  return new Problem('not-found', { detail: 'There is no key with this id.' });
}
