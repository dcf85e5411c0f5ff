import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import { ConstraintError, type Database, type Transaction } from '../database/database.js';
import { Problem } from '../problem.js';
import { accounts, type Credentials, type OwnAccount } from './accounts.js';
import { requireStrongPassword } from './password-rules.js';
import type { Passwords } from './passwords.js';
import type { Role } from './roles.js';
import { sessions } from './sessions.js';

interface Dependencies {
  config: Pick<Config, 'OTEL_SERVICE_NAME'>;
  database: Database;
  passwords: Passwords;
}

/**
 * Makes an account; without a tenant it gets one of its own.
 * @param then what belongs to the same transaction
 * @throws Problem `conflict` (the address is taken), `validation-failed` (a weak password), `overloaded`
 */
export async function createAccount<Result>(
  { config, database, passwords }: Dependencies,
  { email, password, tenant }: Credentials & { tenant?: string | undefined },
  role: Role,
  context: CallContext,
  then: (transaction: Transaction, account: OwnAccount) => Promise<Result>,
): Promise<Result> {
  requireStrongPassword(password, email, config.OTEL_SERVICE_NAME);
  const passwordHash = await passwords.hash(password, context);
  try {
    return await database.transaction(context, async (transaction) =>
      then(transaction, await accounts.insert(transaction, email, passwordHash, role, tenant)),
    );
  } catch (error) {
    if (!(error instanceof ConstraintError) || error.kind !== 'unique') throw error;
    throw new Problem('conflict', {
      detail: 'There is an account with this e-mail address.',
      cause: error,
    });
  }
}

/**
 * Gives an account that role and all that it includes. Access tokens that are out keep the old one until they expire.
 * @throws Problem `not-found`
 */
export async function changeRole(
  { database }: Dependencies,
  email: string,
  role: Role,
  context: CallContext,
) {
  const { id } = await existing(database, email, context);
  await database.transaction(context, (transaction) => accounts.setRole(transaction, id, role));
}

/**
 * Moves an account to a tenant. Access tokens that are out keep the old one until they expire.
 * @throws Problem `not-found`
 */
export async function changeTenant(
  { database }: Dependencies,
  email: string,
  tenant: string,
  context: CallContext,
) {
  const { id } = await existing(database, email, context);
  await database.transaction(context, (transaction) => accounts.setTenant(transaction, id, tenant));
}

/**
 * Sets a new password and ends the account's sessions.
 * @throws Problem `not-found`, `validation-failed`
 */
export async function changePassword(
  { config, database, passwords }: Dependencies,
  { email, password }: Credentials,
  context: CallContext,
): Promise<void> {
  requireStrongPassword(password, email, config.OTEL_SERVICE_NAME);
  const { id } = await existing(database, email, context);
  const passwordHash = await passwords.hash(password, context);
  await database.transaction(context, async (transaction) => {
    await accounts.setPasswordHash(transaction, id, passwordHash);
    await sessions.endAll(transaction, id);
  });
}

async function existing(database: Database, email: string, context: CallContext): Promise<OwnAccount> {
  const found = await accounts.byEmail(database, email, context);
  if (!found) throw new Problem('not-found', { detail: 'There is no account with this e-mail address.' });
  return found.account;
}
