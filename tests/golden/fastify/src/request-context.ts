import type { Span } from '@opentelemetry/api';
import { anonymous } from './auth/authenticator.js';
import type { CallContext, Principal } from './context.js';
import { Problem } from './problem.js';

type Listener = (reason: Problem) => void;

/** The context of one request: ends by its answer, by the deadline, or when the client hangs up. */
export class RequestContext implements CallContext {
  principal: Principal = anonymous;
  cancelled: Problem | undefined;
  inTransaction = false;
  readonly startedAt = performance.now();
  address = '';
  /** What it counts as while instances are kept from having too much to do. */
  counted: 'arriving' | 'inflight' | undefined;
  /** Headers that the answer will have, whatever it is. */
  responseHeaders: Record<string, string> = {};
  readonly #timer: NodeJS.Timeout;
  /** Most requests wait for one thing at a time: the first listener needs no set. */
  #listener: Listener | undefined;
  #listeners: Set<Listener> | undefined;
  #controller: AbortController | undefined;

  /** @param timeoutMs the deadline, from now */
  constructor(
    readonly requestId: string,
    readonly span: Span,
    timeoutMs: number,
  ) {
    this.#timer = setTimeout(() => this.cancel(deadlineExceeded()), timeoutMs);
  }

  onCancel(listener: Listener): () => void {
    if (this.cancelled) {
      listener(this.cancelled);
      return () => {};
    }
    if (!this.#listener) {
      this.#listener = listener;
      return () => {
        if (this.#listener === listener) this.#listener = undefined;
      };
    }
    this.#listeners ??= new Set();
    const listeners = this.#listeners.add(listener);
    return () => listeners.delete(listener);
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      this.onCancel((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  /** Tells everything that works for this request to stop. */
  cancel(reason: Problem): void {
    if (this.cancelled) return;
    this.cancelled = reason;
    const listeners = [this.#listener, ...(this.#listeners ?? [])];
    this.#listener = undefined;
    this.#listeners = undefined;
    for (const listener of listeners) listener?.(reason);
  }

  /** The answer is on its way. */
  end(): void {
    clearTimeout(this.#timer);
  }
}

function deadlineExceeded(): Problem {
  return new Problem('deadline-exceeded', {
    detail: 'The request was not done before its deadline.',
    headers: { 'retry-after': '1' },
  });
}

/** Why work stops when the client has gone; nobody reads it. */
export function clientGone(): Problem {
  return new Problem('deadline-exceeded', { detail: 'The client closed the connection.' });
}
