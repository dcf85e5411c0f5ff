import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const closeIdleEveryMs = 500;
const cutOffEveryMs = 100;
/** Part of the time between drain and SHUTDOWN_TIMEOUT_MS in which clients may still take their responses. */
const takingShare = 0.75;

/**
 * Serves on for DRAIN_DELAY_MS while balancers take the instance out, then finishes what is in progress and closes the
 * server. Ends the process with code 1 at SHUTDOWN_TIMEOUT_MS.
 */
export async function shutDown(server: Server, locals: Express.Locals, signal: string): Promise<void> {
  const { lifecycle, log, shedding } = locals;
  const { DRAIN_DELAY_MS, SHUTDOWN_TIMEOUT_MS } = locals.config;
  lifecycle.phase = 'draining';
  log.info({ signal, drainDelayMs: DRAIN_DELAY_MS }, 'draining');
  setTimeout(() => {
    log.error('requests were still open at SHUTDOWN_TIMEOUT_MS');
    process.exit(1);
  }, SHUTDOWN_TIMEOUT_MS).unref();
  // Idle connections would carry new requests to an instance that is going away.
  const idle = setInterval(() => server.closeIdleConnections(), closeIdleEveryMs);
  await pause(DRAIN_DELAY_MS);
  const cutOffAt = performance.now() + (SHUTDOWN_TIMEOUT_MS - DRAIN_DELAY_MS) * takingShare;
  // Clients that do not take their responses must not keep the process from ending well.
  const cutOff = setInterval(() => {
    if (performance.now() > cutOffAt && shedding.inflight === 0) server.closeAllConnections();
  }, cutOffEveryMs);
  await new Promise((resolve) => server.close(resolve));
  clearInterval(idle);
  clearInterval(cutOff);
  await locals.close();
}
