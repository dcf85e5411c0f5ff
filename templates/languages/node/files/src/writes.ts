import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from './config.js';
import { type CallContext, callerKey, type Principal } from './context.js';
import type { Database, Transaction } from './database/database.js';
import { type Answer, idempotent } from './database/idempotency.js';
import type { RecentWrites } from './database/recent-writes.js';
import { Problem } from './problem.js';

/** What a write request says about itself. */
export interface WriteRequest {
  method: string;
  /** Path without query. */
  path: string;
  body: unknown;
  /** Idempotency-Key header. */
  key: string | undefined;
}

/** What writes are made with. */
interface Parts {
  config: Config;
  database: Database;
  recentWrites: RecentWrites;
}

/** One write: its transaction, and what follows once it is committed. */
export interface UnitOfWork {
  transaction: Transaction;
  /** Who writes. */
  principal: Principal;
  afterCommit(effect: () => Promise<void>): void;
}

/** What a write says about itself, from a request whose body has been read. */
export function writeRequest(request: {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body?: unknown;
}): WriteRequest {
  return {
    method: request.method,
    path: request.url.split('?')[0] ?? '',
    body: request.body,
    key: request.headers['idempotency-key'] as string | undefined,
  };
}

const keyForm = /^[\x21-\x7e]{1,255}$/;

/**
 * Runs a write in one transaction. With an Idempotency-Key the answer is stored in that same transaction, so a retry
 * gets it again even when the process died after the commit (draft-ietf-httpapi-idempotency-key-header).
 * @throws Problem `idempotency-in-progress`, `idempotency-key-reused`, and what `work` throws
 */
export async function performWrite(
  { database, recentWrites, config }: Parts,
  request: WriteRequest,
  context: CallContext,
  work: (unit: UnitOfWork) => Promise<Answer>,
): Promise<Answer> {
  const effects: (() => Promise<void>)[] = [];
  const afterCommit = (effect: () => Promise<void>) => effects.push(effect);
  const answer = await database.transaction(context, async (transaction) => {
    effects.length = 0;
    const execute = () => work({ transaction, principal: context.principal, afterCommit });
    if (request.key === undefined) return execute();
    if (!keyForm.test(request.key)) {
      const detail = 'Idempotency-Key takes 1 to 255 visible ASCII characters.';
      throw new Problem('malformed-request', { detail });
    }
    const identity = {
      principal: callerKey(context.principal),
      key: request.key,
      fingerprint: fingerprint(request),
      ttlSeconds: config.IDEMPOTENCY_TTL_S,
    };
    const { answer, replayed } = await idempotent(transaction, identity, execute);
    return replayed ? { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } } : answer;
  });
  await Promise.all([recentWrites.add(context), ...effects.map((effect) => effect())]);
  return answer;
}

function fingerprint({ method, path, body }: WriteRequest): string {
  return createHash('sha256')
    .update(`${method} ${path}\n${JSON.stringify(body)}`)
    .digest('base64url');
}
