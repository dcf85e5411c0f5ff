import { Problem } from '../problem.js';
import type { Transaction } from './database.js';
import { time } from './dialect.js';
import type { Expiring } from './purge.js';
import { db } from './queries.js';

/** What a write is answered, as it is kept for its key. `body` is JSON text. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | undefined;
}

/** What makes a request the same as an earlier one. */
export interface Identity {
  principal: string;
  key: string;
  /** Hash of method, path and body. */
  fingerprint: string;
  ttlSeconds: number;
}

declare module './queries.js' {
  interface Tables {
    idempotencyKeys: {
      principal: string;
      key: string;
      fingerprint: string;
      status: number;
      headers: string;
      body: string | null;
      expiresAt: string;
    };
  }
}

/**
 * Carries out a request once for its key: a repetition gets the stored answer. The answer is stored by the same
 * transaction as the effect, so there is never one without the other; what fails stores nothing.
 * @throws Problem `idempotency-in-progress`, `idempotency-key-reused`, and what `execute` throws
 */
export async function idempotent(
  transaction: Transaction,
  { principal, key, fingerprint, ttlSeconds }: Identity,
  execute: () => Promise<Answer>,
): Promise<{ answer: Answer; replayed: boolean }> {
  const now = Date.now();
  const found = await transaction.queryLocked(
    `idempotency:${principal}:${key}`,
    db
      .selectFrom('idempotencyKeys')
      .select(['fingerprint', 'status', 'headers', 'body'])
      .where((eb) => eb.and({ principal, key }))
      .where('expiresAt', '>', time(new Date(now).toISOString())),
  );
  if (!found) throw new Problem('idempotency-in-progress', { headers: { 'retry-after': '1' } });
  const [stored] = found;
  if (stored) {
    if (stored.fingerprint !== fingerprint) throw new Problem('idempotency-key-reused');
    const { status, headers, body } = stored;
    return { answer: { status, headers: JSON.parse(headers), body: body ?? undefined }, replayed: true };
  }
  const answer = await execute();
  const expiresAt = time(new Date(now + ttlSeconds * 1000).toISOString());
  const { status, headers, body = null } = answer;
  const kept = { fingerprint, status, headers: JSON.stringify(headers), body, expiresAt };
  await transaction.finish(
    db
      .insertInto('idempotencyKeys')
      .values({ principal, key, ...kept })
      // One that has expired may still be there.
      .onConflict((conflict) => conflict.columns(['principal', 'key']).doUpdateSet(kept)),
  );
  return { answer, replayed: false };
}

/** Keys and their answers, for the purge. */
export const idempotencyKeys: Expiring = {
  name: 'idempotency_keys',
  async purge(transaction) {
    const expired = db
      .selectFrom('idempotencyKeys')
      .select(['principal', 'key'])
      .where('expiresAt', '<=', time(new Date().toISOString()))
      .orderBy('expiresAt')
      .limit(1000);
    const query = db
      .deleteFrom('idempotencyKeys')
      .where(({ eb, refTuple }) =>
        eb(refTuple('principal', 'key'), 'in', expired.$asTuple('principal', 'key')),
      )
      .returning('status');
    return (await transaction.query(query)).length;
  },
};
