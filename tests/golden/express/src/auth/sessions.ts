import { createHash, randomBytes } from 'node:crypto';
import type { Transaction } from '../database/database.js';
import { identifier, time } from '../database/dialect.js';
import { db } from '../database/queries.js';

/** A refresh token is the id of its session and a secret, in base64url: 20 and 44 characters. */
const idBytes = 15;
const secretBytes = 33;
const idLength = 20;

declare module '../database/queries.js' {
  interface Tables {
    authSessions: {
      id: string;
      accountId: string;
      tokenHash: string;
      previousHash: string | null;
      rotatedAt: string | null;
      createdAt: string;
      expiresAt: string;
    };
  }
}

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
    const times = { createdAt: instant(now), expiresAt: instant(now + ttlSeconds * 1000) };
    const row = {
      id,
      accountId: identifier(accountId),
      tokenHash: hashOf(token),
      previousHash: null,
      rotatedAt: null,
      ...times,
    };
    await transaction.query(db.insertInto('authSessions').values(row));
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
    const times = { rotatedAt: instant(now), expiresAt: instant(now + ttlSeconds * 1000) };
    const query = db
      .updateTable('authSessions')
      .set({ tokenHash: hashOf(next), previousHash: hashOf(token), ...times })
      .where((eb) => eb.and({ id, tokenHash: hashOf(token) }))
      .where('expiresAt', '>', instant(now))
      .returning('accountId');
    const [row] = await transaction.query(query);
    return row && { accountId: row.accountId, token: next };
  },

  /** Whether the token is the one before the newest, exchanged less than `graceSeconds` ago, of a session that lives. */
  async justRotated(transaction: Transaction, token: string, graceSeconds: number): Promise<boolean> {
    const now = Date.now();
    const query = db
      .selectFrom('authSessions')
      .select('id')
      .where((eb) => eb.and({ id: token.slice(0, idLength), previousHash: hashOf(token) }))
      .where('rotatedAt', '>', instant(now - graceSeconds * 1000))
      .where('expiresAt', '>', instant(now));
    return (await transaction.query(query)).length > 0;
  },

  /**
   * Ends the session that the token belongs to, also when it is not the newest.
   * @returns whose it was; undefined when none lives
   */
  async end(transaction: Transaction, token: string): Promise<string | undefined> {
    const query = db
      .deleteFrom('authSessions')
      .where('id', '=', token.slice(0, idLength))
      .where('expiresAt', '>', instant(Date.now()))
      .returning('accountId');
    const [row] = await transaction.query(query);
    return row?.accountId;
  },

  async endAll(transaction: Transaction, accountId: string): Promise<void> {
    await transaction.query(db.deleteFrom('authSessions').where('accountId', '=', identifier(accountId)));
  },

  /** Deletes a batch of expired sessions. @returns how many; 0 when no more are left */
  async purge(transaction: Transaction): Promise<number> {
    const expired = db
      .selectFrom('authSessions')
      .select('id')
      .where('expiresAt', '<', instant(Date.now()))
      .orderBy('expiresAt')
      .limit(500);
    const query = db.deleteFrom('authSessions').where('id', 'in', expired).returning('id');
    return (await transaction.query(query)).length;
  },
};

function tokenFor(id: string): string {
  return id + randomBytes(secretBytes).toString('base64url');
}

/** No salt and no slow hash: the token is random, there is nothing to guess. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function instant(milliseconds: number) {
  return time(new Date(milliseconds).toISOString());
}
