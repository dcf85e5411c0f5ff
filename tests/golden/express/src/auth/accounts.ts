import { createHash } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { CallContext } from '../context.js';
import type { Database, Transaction } from '../database/database.js';
import { identifier, time } from '../database/dialect.js';
import { db } from '../database/queries.js';
import { type Role, rolesUpTo } from './roles.js';

/** Somebody who can sign in, as others see them. */
export interface Account {
  id: string;
  email: string;
  roles: string[];
  createdAt: string;
}

/** An account, with what others do not see. */
export interface OwnAccount extends Account {
  /** Whom its rows are shared with; null before anybody has set it. */
  tenant: string | null;
}

export interface Credentials {
  email: string;
  password: string;
}

declare module '../database/queries.js' {
  interface Tables {
    authAccounts: Omit<OwnAccount, 'roles'> & { roles: string; passwordHash: string };
  }
}

const fields = ['id', 'email', 'roles', 'createdAt', 'tenant'] as const;
const findById = (id: string) =>
  db.selectFrom('authAccounts').select(fields).where('id', '=', identifier(id));

/** One address, one account: case does not tell two apart. */
export function canonicalEmail(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

/** Names an account in keys of the store that instances share: whether or not it exists, and not its address. */
export function accountKey(email: string): string {
  return createHash('sha256').update(canonicalEmail(email)).digest('base64url');
}

export const accounts = {
  /** The account with that address and its password hash, from the primary. */
  async byEmail(database: Database, email: string, context: CallContext) {
    const query = db
      .selectFrom('authAccounts')
      .select([...fields, 'passwordHash'])
      .where('email', '=', canonicalEmail(email));
    const [row] = await database.read(query, context, true);
    return row && { account: accountOf(row), passwordHash: row.passwordHash };
  },

  /** From the primary: the account may be new. */
  async byId(database: Database, id: string, context: CallContext): Promise<OwnAccount | undefined> {
    const [row] = await database.read(findById(id), context, true);
    return row && accountOf(row);
  },

  async byIdIn(transaction: Transaction, id: string): Promise<OwnAccount | undefined> {
    const [row] = await transaction.query(findById(id));
    return row && accountOf(row);
  },

  /**
   * @param tenant one of its own without
   * @throws ConstraintError `unique` when the address is taken
   */
  async insert(
    transaction: Transaction,
    email: string,
    passwordHash: string,
    role: Role,
    tenant: string = uuid(),
  ): Promise<OwnAccount> {
    const account = {
      id: uuid(),
      email: canonicalEmail(email),
      roles: rolesUpTo(role),
      createdAt: new Date().toISOString(),
      tenant,
    };
    const row = {
      ...{ ...account, id: identifier(account.id), createdAt: time(account.createdAt) },
      ...{ passwordHash, roles: account.roles.join(' ') },
    };
    await transaction.query(db.insertInto('authAccounts').values(row));
    return account;
  },

  async setRole(transaction: Transaction, id: string, role: Role): Promise<void> {
    const roles = rolesUpTo(role).join(' ');
    await transaction.query(db.updateTable('authAccounts').set({ roles }).where('id', '=', identifier(id)));
  },

  async setTenant(transaction: Transaction, id: string, tenant: string): Promise<void> {
    await transaction.query(db.updateTable('authAccounts').set({ tenant }).where('id', '=', identifier(id)));
  },

  async setPasswordHash(transaction: Transaction, id: string, passwordHash: string): Promise<void> {
    await transaction.query(
      db.updateTable('authAccounts').set({ passwordHash }).where('id', '=', identifier(id)),
    );
  },
};

function accountOf({ roles, ...row }: Omit<OwnAccount, 'roles'> & { roles: string }): OwnAccount {
  const { id, email, createdAt, tenant } = row;
  return { id, email, roles: roles.split(' '), createdAt, tenant };
}
