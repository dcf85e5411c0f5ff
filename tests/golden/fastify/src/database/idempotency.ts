import { Problem } from '../problem.js';
import type { Statement, Transaction } from './database.js';
import type { Expiring } from './purge.js';

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

const find: Statement = {
  name: 'idempotency_find',
  text: `select "fingerprint", "status", "headers", "body" from "idempotency_keys"
    where "principal" = $1 and "key" = $2 and "expires_at" > $3`,
};
const forget: Statement = {
  name: 'idempotency_forget',
  text: 'delete from "idempotency_keys" where "principal" = $1 and "key" = $2',
};
const keep: Statement = {
  name: 'idempotency_keep',
  text: `insert into "idempotency_keys" ("principal", "key", "fingerprint", "status", "headers", "body", "expires_at")
    values ($1, $2, $3, $4, $5, $6, $7)`,
};
const purge: Statement = {
  name: 'idempotency_purge',
  text: `delete from "idempotency_keys" where ("principal", "key") in
    (select "principal", "key" from "idempotency_keys" where "expires_at" <= $1 order by "expires_at" limit 1000)
    returning "status"`,
};

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
  if (!(await transaction.tryLock(`idempotency:${principal}:${key}`))) {
    throw new Problem('idempotency-in-progress', { headers: { 'retry-after': '1' } });
  }
  const now = Date.now();
  const [stored] = await transaction.query<{
    fingerprint: string;
    status: number;
    headers: string;
    body: string | null;
  }>(find, [principal, key, new Date(now).toISOString()]);
  if (stored) {
    if (stored.fingerprint !== fingerprint) throw new Problem('idempotency-key-reused');
    const { status, headers, body } = stored;
    return { answer: { status, headers: JSON.parse(headers), body: body ?? undefined }, replayed: true };
  }
  const answer = await execute();
  const expires = new Date(now + ttlSeconds * 1000).toISOString();
  await transaction.query(forget, [principal, key]);
  const { status, headers, body } = answer;
  const row = [principal, key, fingerprint, status, JSON.stringify(headers), body ?? null, expires];
  await transaction.query(keep, row);
  return { answer, replayed: false };
}

/** Keys and their answers, for the purge. */
export const idempotencyKeys: Expiring = {
  name: 'idempotency_keys',
  async purge(transaction) {
    return (await transaction.query(purge, [new Date().toISOString()])).length;
  },
};
