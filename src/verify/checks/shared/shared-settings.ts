import { newSigningKey, publicPemOf } from '../../http/tokens.js';

/** Settings of rows that share instances, because none conflicts with the others. */

/**
 * So little at once that a slow machine can still send three times as much; a time of grace that can be waited for, and
 * long enough for six requests at once on a busy machine; a time zone without whole hours.
 */
export const littleAtOnce = { MAX_INFLIGHT: 12, REFRESH_GRACE_S: 3, TZ: 'Asia/Kolkata' };

/**
 * Mails to one address, and failed sign-ins of an account, so few that a row reaches them, and none comes back meanwhile.
 */
export const [mostMails, mostFailures] = [8, 6];

/**
 * For rows on registration and passwords: a service name of words that no list of common ones has; more sign-ins at once
 * than may wait for a hash; one proxy is believed, so that a row can be as many addresses as it needs.
 */
export const fewMails = {
  RATE_LIMIT_MAILS: mostMails,
  TRUST_PROXY_HOPS: 1,
  PASSWORD_HASH_CONCURRENCY: 1,
  OTEL_SERVICE_NAME: 'quorvex-lattice',
};

/**
 * For rows on caches: a missed invalidation stays visible for long, and all requests of a row fit into the time. For the
 * row on guesses: hashes wait for each other, so that all guesses are there before the first is refused.
 */
export const longLived = {
  CACHE_L1_TTL_MS: 60_000,
  MAX_INFLIGHT: 1000,
  REQUEST_TIMEOUT_MS: 20_000,
  HEADERS_TIMEOUT_MS: 20_000,
  DB_ACQUIRE_TIMEOUT_MS: 5000,
  RATE_LIMIT_AUTH_FAILURES: mostFailures,
  RATE_LIMIT_AUTH_FAILURES_WINDOW_S: 86_400,
  TRUST_PROXY_HOPS: 1,
  PASSWORD_HASH_CONCURRENCY: 1,
};

/** The key that signed tokens before the one that the instances have, as PKCS#8 PEM. */
export const previousKey = newSigningKey();

/**
 * For rows on connections that are open and do nothing: fewer requests at once than there are clients that do not read;
 * the process ends before it would give a client up; idle connections are kept for longer than HTTP servers do unless
 * they are told. For rows on the end of a sign-in, and on log lines of all levels: an end that can be waited for.
 * For the row on signing keys: a key that was replaced.
 */
export const shortLives = {
  MAX_INFLIGHT: 4,
  SEND_TIMEOUT_MS: 6000,
  KEEPALIVE_TIMEOUT_MS: 8000,
  SHUTDOWN_TIMEOUT_MS: 5000,
  DRAIN_DELAY_MS: 500,
  // A large page takes its time on a machine that does something else.
  REQUEST_TIMEOUT_MS: 20_000,
  DB_STATEMENT_TIMEOUT_MS: 15_000,
  DB_ACQUIRE_TIMEOUT_MS: 10_000,
  REFRESH_TOKEN_TTL_S: 8,
  LOG_LEVEL: 'trace',
  JWT_PREVIOUS_PUBLIC_KEYS: publicPemOf(previousKey),
};
