import { readEnvironment, type Values } from './env.js';

const settings = {
  /** Port of the API. */
  PORT: { type: 'integer', minimum: 1, maximum: 65535, default: 3000 },
  /** Address to listen on. */
  HOST: { type: 'string', default: '0.0.0.0' },
  /** Port of /metrics; do not expose it. */
  MANAGEMENT_PORT: { type: 'integer', minimum: 1, maximum: 65535, default: 9464 },
  /** Address that /metrics listens on; the image sets 0.0.0.0. */
  MANAGEMENT_HOST: { type: 'string', default: '127.0.0.1' },
  /** Deadline of a request; pending database statements are cancelled. */
  REQUEST_TIMEOUT_MS: { type: 'integer', minimum: 100, maximum: 600000, default: 5000 },
  /** Idle time of a connection; longer than that of the load balancer in front. */
  KEEPALIVE_TIMEOUT_MS: { type: 'integer', minimum: 100, maximum: 3600000, default: 65000 },
  /** Largest request body. */
  BODY_LIMIT_BYTES: { type: 'integer', minimum: 1024, maximum: 104857600, default: 262144 },
  /** After SIGTERM: time in which the instance still serves while load balancers remove it. */
  DRAIN_DELAY_MS: { type: 'integer', minimum: 0, maximum: 300000, default: 5000 },
  /** After SIGTERM: time after which the process exits in any case. */
  SHUTDOWN_TIMEOUT_MS: { type: 'integer', minimum: 1000, maximum: 600000, default: 15000 },
  /** Concurrent requests of an instance; further requests get 503. */
  MAX_INFLIGHT: { type: 'integer', minimum: 1, maximum: 100000, default: 64 },
  /** Number of proxies in front whose X-Forwarded-For entries are trusted. */
  TRUST_PROXY_HOPS: { type: 'integer', minimum: 0, maximum: 10, default: 0 },
  /** Browser origins allowed to call the API, separated by commas. */
  CORS_ORIGINS: { type: 'string', separator: ',', default: '' },
  /** Dependencies (database, cache) whose failure makes /readyz answer 503, separated by commas. */
  READINESS_GATES: { type: 'string', separator: ',', default: '' },
  /** Reads per window and caller. */
  RATE_LIMIT_DEFAULT: { type: 'integer', minimum: 1, maximum: 1000000, default: 100 },
  /** Writes per window and caller. */
  RATE_LIMIT_WRITE: { type: 'integer', minimum: 1, maximum: 1000000, default: 30 },
  /** Length of the window, in seconds. */
  RATE_LIMIT_WINDOW_S: { type: 'integer', minimum: 1, maximum: 86400, default: 60 },
  /** How long an Idempotency-Key is remembered, in seconds. */
  IDEMPOTENCY_TTL_S: { type: 'integer', minimum: 60, maximum: 2592000, default: 86400 },
  /** Time to live of items in the in-process cache; 0 disables it. */
  CACHE_L1_TTL_MS: { type: 'integer', minimum: 0, maximum: 600000, default: 5000 },
  /** Time to live of items in the shared cache. */
  CACHE_L2_TTL_S: { type: 'integer', minimum: 1, maximum: 86400, default: 60 },
  /** How long after its time to live an item may be served stale while the database is down. */
  CACHE_STALE_S: { type: 'integer', minimum: 0, maximum: 86400, default: 300 },
  /** Items in the in-process cache of an instance. */
  CACHE_L1_ENTRIES: { type: 'integer', minimum: 1, maximum: 10000000, default: 10000 },
  /** Signs page cursors; the same on all instances. */
  CURSOR_SECRET: { type: 'string', format: 'secret', minLength: 32 },
  /** Minimum level of log lines. */
  LOG_LEVEL: {
    type: 'string',
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
  },
  /** Name of the service in traces. */
  OTEL_SERVICE_NAME: { type: 'string', default: 'shop' },
  /** Trace collector (OTLP over HTTP); no traces are exported if empty. */
  OTEL_EXPORTER_OTLP_ENDPOINT: { type: 'string', default: '' },
  /** Trace sampler. */
  OTEL_TRACES_SAMPLER: { type: 'string', default: 'parentbased_traceidratio' },
  /** Ratio of sampled traces, 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: { type: 'string', default: '0.01' },
  /** Time for a client to send the request headers. */
  HEADERS_TIMEOUT_MS: { type: 'integer', minimum: 100, maximum: 600000, default: 5000 },
  /** Longest time without progress while a client reads a response; then the connection is closed. */
  SEND_TIMEOUT_MS: { type: 'integer', minimum: 1000, maximum: 600000, default: 15000 },
  /** Mean event loop delay over a second above which requests get 503; 0 disables the check. */
  MAX_EVENT_LOOP_DELAY_MS: { type: 'integer', minimum: 0, maximum: 60000, default: 150 },
  /** The primary database; a password that is not in the URL, where it has to be percent-encoded, is taken from `PGPASSWORD` as it is. */
  DATABASE_URL: { type: 'string', protocols: ['postgresql', 'postgres'] },
  /** A read replica for lists; items, and the caller's own recent writes, are read from the primary. */
  DATABASE_REPLICA_URL: { type: 'string', protocols: ['postgresql', 'postgres'], default: '' },
  /** Database connections per instance. */
  DB_POOL_MAX: { type: 'integer', minimum: 1, maximum: 1000, default: 4 },
  /** Time that a request waits for a connection before it gets 503. */
  DB_ACQUIRE_TIMEOUT_MS: { type: 'integer', minimum: 10, maximum: 60000, default: 1000 },
  /** Statement timeout, enforced by the database server; shorter than the request deadline. */
  DB_STATEMENT_TIMEOUT_MS: { type: 'integer', minimum: 10, maximum: 600000, default: 3000 },
  /** Whether connections use prepared statements and session timeouts; off behind a proxy that allows neither, where the server must set the timeouts. */
  DB_SESSION_STATE: { type: 'string', enum: ['on', 'off'], default: 'on' },
  /** Shared store for rate limits and the cache; may be empty in development, where the process uses its own memory. */
  REDIS_URL: { type: 'string', protocols: ['redis', 'rediss'], developmentDefault: '' },
  /** Prefix of all keys, so that several applications can share one store. */
  CACHE_PREFIX: { type: 'string', default: 'shop' },
  /** PKCS#8 PEM of the P-256 key that signs access tokens; line breaks may be written as \n. */
  JWT_PRIVATE_KEY: { type: 'string', format: 'secret', minLength: 32 },
  /** SPKI PEMs, one after another, of keys that still verify while a new one is rolled out. */
  JWT_PREVIOUS_PUBLIC_KEYS: { type: 'string', default: '' },
  /** Issuer of access tokens. */
  JWT_ISSUER: { type: 'string', default: 'shop' },
  /** Audience of access tokens. */
  JWT_AUDIENCE: { type: 'string', default: 'shop' },
  /** Life of an access token, in seconds. */
  ACCESS_TOKEN_TTL_S: { type: 'integer', minimum: 30, maximum: 86400, default: 600 },
  /** Life of a refresh token, in seconds. */
  REFRESH_TOKEN_TTL_S: { type: 'integer', minimum: 1, maximum: 31536000, default: 2592000 },
  /** Time in which the reuse of a refresh token returns 409 instead of ending the session: two tabs may refresh at the same time. */
  REFRESH_GRACE_S: { type: 'integer', minimum: 0, maximum: 60, default: 10 },
  /** Sign-in attempts allowed in a window, for each account from each address. */
  RATE_LIMIT_AUTH: { type: 'integer', minimum: 1, maximum: 1000000, default: 5 },
  /** Failed sign-ins of an account at once, over all addresses that it was not used from lately; each of the others has as many. They come back evenly over RATE_LIMIT_AUTH_FAILURES_WINDOW_S: 50 are at most 100 within a day (NIST SP 800-63B-4, section 3.2.2). */
  RATE_LIMIT_AUTH_FAILURES: { type: 'integer', minimum: 1, maximum: 1000000, default: 50 },
  /** Time in which all failed sign-ins of RATE_LIMIT_AUTH_FAILURES come back, in seconds. */
  RATE_LIMIT_AUTH_FAILURES_WINDOW_S: { type: 'integer', minimum: 1, maximum: 86400, default: 86400 },
  /** Mails of registration to one address within an hour, from wherever they are asked for. */
  RATE_LIMIT_MAILS: { type: 'integer', minimum: 1, maximum: 1000000, default: 5 },
  /** Mail server, with STARTTLS (`smtp`, required unless it runs on this machine) or TLS (`smtps`); characters of the password that mean something in a URL are percent-encoded. Registration is closed if empty. */
  MAIL_URL: { type: 'string', protocols: ['smtp', 'smtps'], default: '' },
  /** Sender of mail; required with MAIL_URL. */
  MAIL_FROM: { type: 'string', default: '' },
  /** Page of the client that asks for a password and sends it to `POST /v1/auth/confirm` with the token behind `#token=` in its address; without it, the mail has the token alone. */
  REGISTRATION_URL: { type: 'string', protocols: ['https', 'http'], default: '' },
  /** Time in which a registration can be confirmed, in seconds. */
  REGISTRATION_TTL_S: { type: 'integer', minimum: 60, maximum: 604800, default: 3600 },
  /** Concurrent password hashes (19 MiB and one core each); further ones wait, then get 503. */
  PASSWORD_HASH_CONCURRENCY: { type: 'integer', minimum: 1, maximum: 64, default: 2 },
} as const;

/** Every setting, by the name of its environment variable. */
export type Config = Values<typeof settings>;

/**
 * Reads and checks the settings.
 * @throws EnvironmentError with a line for each that is missing or wrong
 */
export function loadConfig(environment: NodeJS.ProcessEnv): Config {
  return readEnvironment(settings, environment);
}
