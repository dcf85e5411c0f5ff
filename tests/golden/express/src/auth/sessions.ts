import { createHash, randomBytes } from 'node:crypto';
import type { Transaction } from '../database/database.js';

/** A refresh token is the id of its session and a secret, in base64url: 20 and 44 characters. */
const idBytes = 15;
const secretBytes = 33;
const idLength = 20;

const insert = {
  name: 'auth_session_insert',
  text: 'insert into auth_sessions (id, account_id, token_hash, created_at, expires_at) values ($1, $2, $3, $4, $5)',
};
const rotate = {
  name: 'auth_session_rotate',
  text: `update auth_sessions set token_hash = $3, expires_at = $4, previous_hash = $2, rotated_at = $5
    where id = $1 and token_hash = $2 and expires_at > $5 returning account_id`,
};
const justRotated = {
  name: 'auth_session_just_rotated',
  text: `select id from auth_sessions
    where id = $1 and previous_hash = $2 and rotated_at > $3 and expires_at > $4`,
};
const end = {
  name: 'auth_session_end',
  text: 'delete from auth_sessions where id = $1 and expires_at > $2 returning account_id',
};
const endAll = { name: 'auth_session_end_all', text: 'delete from auth_sessions where account_id = $1' };
const purge = {
  name: 'auth_session_purge',
  text: `delete from auth_sessions where id in
    (select id from auth_sessions where expires_at < $1 order by expires_at limit 500) returning id`,
};

/**
 * Sign-ins. A session is the family of the refresh tokens that follow from one sign-in; each is good once, and an old
 * one that comes back ends the session, since either it or the newest was stolen (RFC 9700, section 4.14.2). Only the
 * one before the newest is spared for some seconds: two tabs of a browser refresh at once.
 */
export const sessions = {
  name: 'auth_sessions',

  /** @returns the first refresh token */
  async start(transaction: Transaction, accountId: string, ttlSeconds: number): Promise<string> {
    const id = randomBytes(idBytes).toString('base64url');
    const token = tokenFor(id);
    const now = Date.now();
    await transaction.query(insert, [id, accountId, hashOf(token), iso(now), iso(now + ttlSeconds * 1000)]);
    return token;
  },

  /**
   * Replaces the refresh token by a new one. The row decides: of two that come at once, one finds it changed.
   * @returns undefined when the token is not the newest of a session that lives
   */
  async rotate(transaction: Transaction, token: string, ttlSeconds: number) {
    const id = token.slice(0, idLength);
    const next = tokenFor(id);
    const now = Date.now();
    const values = [id, hashOf(token), hashOf(next), iso(now + ttlSeconds * 1000), iso(now)];
    const [row] = await transaction.query<{ account_id: string }>(rotate, values);
    return row && { accountId: row.account_id, token: next };
  },

  /** Whether the token is the one before the newest, exchanged less than `graceSeconds` ago, of a session that lives. */
  async justRotated(transaction: Transaction, token: string, graceSeconds: number): Promise<boolean> {
    const now = Date.now();
    const values = [token.slice(0, idLength), hashOf(token), iso(now - graceSeconds * 1000), iso(now)];
    return (await transaction.query(justRotated, values)).length > 0;
  },

  /**
   * Ends the session that the token belongs to, also when it is not the newest.
   * @returns whose it was; undefined when none lives
   */
  async end(transaction: Transaction, token: string): Promise<string | undefined> {
    const [row] = await transaction.query<{ account_id: string }>(end, [
      token.slice(0, idLength),
      iso(Date.now()),
    ]);
    return row?.account_id;
  },

  async endAll(transaction: Transaction, accountId: string): Promise<void> {
    await transaction.query(endAll, [accountId]);
  },

  /** Deletes a batch of expired sessions. @returns how many; 0 when no more are left */
  async purge(transaction: Transaction): Promise<number> {
    return (await transaction.query(purge, [iso(Date.now())])).length;
  },
};

function tokenFor(id: string): string {
  return id + randomBytes(secretBytes).toString('base64url');
}

/** No salt and no slow hash: the token is random, there is nothing to guess. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
