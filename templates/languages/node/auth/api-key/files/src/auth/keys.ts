import { v7 as uuid } from 'uuid';
import type { CallContext } from '../context.js';
import type { Database, Transaction } from '../database/database.js';
import { identifier, isOneOf, time } from '../database/dialect.js';
import { db } from '../database/queries.js';

/** A key, without its secret. Times are ISO 8601. */
export interface Key {
  id: string;
  /** Whom it belongs to: the same for all keys that follow each other. */
  clientId: string;
  name: string;
  roles: string[];
  /** Whom the rows of the client are shared with; null where nobody has set it. */
  tenant: string | null;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

type Stored = Omit<Key, 'roles'> & { roles: string };

declare module '../database/queries.js' {
  interface Tables {
    authKeys: Stored & { keyHash: string };
  }
}

const fields = [
  ...['id', 'clientId', 'name', 'roles', 'tenant'],
  ...['createdAt', 'expiresAt', 'revokedAt', 'lastUsedAt'],
] as const satisfies (keyof Stored)[];

export const keys = {
  /** The key with that id and its hash, from the primary: a replica may not know yet that it is revoked. */
  async byId(database: Database, id: string, context: CallContext) {
    const query = db
      .selectFrom('authKeys')
      .select([...fields, 'keyHash'])
      .where('id', '=', id);
    const [row] = await database.read(query, context, true);
    return row && { key: keyOf(row), keyHash: row.keyHash };
  },

  async all(database: Database, context: CallContext): Promise<Key[]> {
    const query = db.selectFrom('authKeys').select(fields).orderBy('createdAt').orderBy('id');
    return (await database.read(query, context, true)).map(keyOf);
  },

  /** @throws ConstraintError `unique` when there is a key with this id */
  async insert(
    transaction: Transaction,
    { id, name, roles, keyHash, expiresAt, tenant = null, clientId = uuid() }: NewKey,
  ): Promise<Key> {
    const key = {
      ...{ id, clientId, name, roles, tenant, createdAt: new Date().toISOString() },
      ...{ expiresAt, revokedAt: null, lastUsedAt: null },
    };
    const row = {
      ...{ ...key, clientId: identifier(clientId), createdAt: time(key.createdAt) },
      ...{ expiresAt: expiresAt && time(expiresAt), roles: roles.join(' '), keyHash },
    };
    await transaction.query(db.insertInto('authKeys').values(row));
    return key;
  },

  /** @returns undefined when there is no such key */
  async change(
    transaction: Transaction,
    id: string,
    changes: Partial<Pick<Key, 'expiresAt' | 'revokedAt'>>,
  ): Promise<Key | undefined> {
    const times = Object.entries(changes).map(([name, at]) => [name, at && time(at)]);
    const query = db
      .updateTable('authKeys')
      .set(Object.fromEntries(times) as typeof changes)
      .where('id', '=', id)
      .returning(fields);
    const [row] = await transaction.query(query);
    return row && keyOf(row);
  },

  async used(transaction: Transaction, ids: readonly string[], at: string): Promise<void> {
    await transaction.query(
      db
        .updateTable('authKeys')
        .set({ lastUsedAt: time(at) })
        .where(isOneOf('id', ids)),
    );
  },
};

type NewKey = Pick<Key, 'id' | 'name' | 'roles' | 'expiresAt'> & {
  keyHash: string;
  clientId?: string;
  tenant?: string | null;
};

function keyOf({ id, clientId, name, roles, tenant, ...times }: Stored): Key {
  const { createdAt, expiresAt, revokedAt, lastUsedAt } = times;
  const known = { id, clientId, name, roles: roles.split(' '), tenant };
  return { ...known, createdAt, expiresAt, revokedAt, lastUsedAt };
}
