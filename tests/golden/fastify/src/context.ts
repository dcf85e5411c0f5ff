import type { Span } from '@opentelemetry/api';
import type { Problem } from './problem.js';

/** Who makes a request. */
export interface Principal {
  /** The account, or `anonymous`. */
  id: string;
  roles: readonly string[];
  /** The tenant that the caller belongs to, if any. */
  tenant?: string | undefined;
}

/** Names a caller in what is kept for callers: the same one is another in another tenant. */
export function callerKey({ id, tenant }: Principal): string {
  return tenant === undefined ? id : `${tenant}\n${id}`;
}

/** What travels with a request through services, repositories and stores. */
export interface CallContext {
  readonly requestId: string;
  readonly principal: Principal;
  /** Address of the client, as far as the proxies in front are trusted; empty for work that belongs to no request. */
  readonly address: string;
  /** The span that work done for this request is a child of. */
  readonly span: Span;
  /** Why the work should stop: the deadline has passed or the client is gone. */
  readonly cancelled: Problem | undefined;
  /** Calls back at most once, when the work should stop. Returns how to stop listening. */
  onCancel(listener: (reason: Problem) => void): () => void;
  /** The same as a signal, for `fetch` and other libraries; made when first asked for. */
  readonly signal: AbortSignal;
  /** Whether a transaction of the request is open: until it ends, no other service is called. */
  inTransaction: boolean;
}
