import { v7 as uuid } from 'uuid';
import type { CallContext } from '../context.js';
import type { Database, Transaction } from '../database/database.js';
import { type Role, rolesUpTo } from './roles.js';

/** Somebody who can sign in, as others see them. */
export interface Account {
  id: string;
  email: string;
  roles: string[];
  createdAt: string;
}

export interface Credentials {
  email: string;
  password: string;
}

interface Row {
  id: string;
  email: string;
  password_hash: string;
  roles: string;
  created_at: string;
}

const columns = 'id, email, password_hash, roles, created_at';
const findByEmail = {
  name: 'auth_account_by_email',
  text: `select ${columns} from auth_accounts where email = $1`,
};
const findById = { name: 'auth_account_by_id', text: `select ${columns} from auth_accounts where id = $1` };
const insert = {
  name: 'auth_account_insert',
  text: `insert into auth_accounts (${columns}) values ($1, $2, $3, $4, $5)`,
};
const setRoles = {
  name: 'auth_account_set_roles',
  text: 'update auth_accounts set roles = $2 where id = $1',
};
const setPasswordHash = {
  name: 'auth_account_set_password_hash',
  text: 'update auth_accounts set password_hash = $2 where id = $1',
};

/** One address, one account: case does not tell two apart. */
export function canonicalEmail(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

export const accounts = {
  /** The account with that address and its password hash, from the primary. */
  async byEmail(database: Database, email: string, context: CallContext) {
    const [row] = await database.read<Row>(findByEmail, [canonicalEmail(email)], context, true);
    return row && { account: accountOf(row), passwordHash: row.password_hash };
  },

  /** From the primary: the account may be new. */
  async byId(database: Database, id: string, context: CallContext): Promise<Account | undefined> {
    const [row] = await database.read<Row>(findById, [id], context, true);
    return row && accountOf(row);
  },

  async byIdIn(transaction: Transaction, id: string): Promise<Account | undefined> {
    const [row] = await transaction.query<Row>(findById, [id]);
    return row && accountOf(row);
  },

  /** @throws ConstraintError `unique` when the address is taken */
  async insert(transaction: Transaction, email: string, passwordHash: string, role: Role): Promise<Account> {
    const account = {
      id: uuid(),
      email: canonicalEmail(email),
      roles: rolesUpTo(role),
      createdAt: new Date().toISOString(),
    };
    const values = [account.id, account.email, passwordHash, account.roles.join(' '), account.createdAt];
    await transaction.query(insert, values);
    return account;
  },

  async setRole(transaction: Transaction, id: string, role: Role): Promise<void> {
    await transaction.query(setRoles, [id, rolesUpTo(role).join(' ')]);
  },

  async setPasswordHash(transaction: Transaction, id: string, passwordHash: string): Promise<void> {
    await transaction.query(setPasswordHash, [id, passwordHash]);
  },
};

function accountOf({ id, email, roles, created_at }: Row): Account {
  return { id, email, roles: roles.split(' '), createdAt: created_at };
}
