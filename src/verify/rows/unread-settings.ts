/**
 * Settings of the rows on connections that are open and do nothing. Fewer requests at once than there are clients that
 * do not read; the process ends before it would give a client up; idle connections are kept for longer than HTTP servers
 * do unless they are told.
 */
export const unread = {
  MAX_INFLIGHT: 4,
  SEND_TIMEOUT_MS: 6000,
  KEEPALIVE_TIMEOUT_MS: 8000,
  SHUTDOWN_TIMEOUT_MS: 5000,
  DRAIN_DELAY_MS: 500,
  // A large page takes its time on a machine that does something else.
  REQUEST_TIMEOUT_MS: 20_000,
  DB_STATEMENT_TIMEOUT_MS: 15_000,
  DB_ACQUIRE_TIMEOUT_MS: 10_000,
};
