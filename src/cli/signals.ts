import { Cancelled } from './errors.js';

/** Ctrl-C, a supervisor, a terminal that closes, Ctrl-\. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Does work that a signal to this process cancels, where it would end the process on the spot.
 * @param work gets an AbortSignal whose reason is Cancelled
 */
export async function cancellable<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const abort = new AbortController();
  const stop = () => abort.abort(new Cancelled());
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(abort.signal);
  } finally {
    // Signals come in pairs, of a terminal and of a shell or a runner: the second does not end what tidies up.
    if (!abort.signal.aborted) for (const signal of signals) process.off(signal, stop);
  }
}

/** A signal that came during synchronous work is delivered only when the event loop has looked for it. */
export function pendingSignals(): Promise<void> {
  return new Promise((resolve) => setTimeout(() => setImmediate(resolve), 1));
}
