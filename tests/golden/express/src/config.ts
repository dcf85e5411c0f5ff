import { readEnvironment, setting } from './env.js';

const settings = {
  /** Port of the API. */
  PORT: setting.integer({ min: 1, max: 65535, default: 3000 }),
  /** Address to listen on. */
  HOST: setting.string({ default: '0.0.0.0' }),
  /** Port of /metrics; keep it inside the network. */
  MANAGEMENT_PORT: setting.integer({ min: 1, max: 65535, default: 9464 }),
  /** Address that /metrics listens on; the image sets 0.0.0.0. */
  MANAGEMENT_HOST: setting.string({ default: '127.0.0.1' }),
  /** Deadline of a request; what it still waits for is cancelled. */
  REQUEST_TIMEOUT_MS: setting.integer({ min: 100, max: 600000, default: 5000 }),
  /** Time a client has to send its headers. */
  HEADERS_TIMEOUT_MS: setting.integer({ min: 100, max: 600000, default: 5000 }),
  /** Longest time without progress while a client takes a response; the connection is closed then. */
  SEND_TIMEOUT_MS: setting.integer({ min: 1000, max: 600000, default: 15000 }),
  /** Idle time of a connection; longer than that of the load balancer in front. */
  KEEPALIVE_TIMEOUT_MS: setting.integer({ min: 100, max: 3600000, default: 65000 }),
  /** Largest request body. */
  BODY_LIMIT_BYTES: setting.integer({ min: 1024, max: 104857600, default: 262144 }),
  /** After SIGTERM: time in which it still serves while balancers take it out. */
  DRAIN_DELAY_MS: setting.integer({ min: 0, max: 300000, default: 5000 }),
  /** After SIGTERM: the latest time at which the process ends. */
  SHUTDOWN_TIMEOUT_MS: setting.integer({ min: 1000, max: 600000, default: 15000 }),
  /** Requests an instance works on at once; more are answered 503 at once. */
  MAX_INFLIGHT: setting.integer({ min: 1, max: 100000, default: 64 }),
  /** Number of proxies in front whose X-Forwarded-For entry is believed. */
  TRUST_PROXY_HOPS: setting.integer({ min: 0, max: 10, default: 0 }),
  /** Browser origins allowed to call the API, separated by commas. */
  CORS_ORIGINS: setting.list({ default: '' }),
  /** Dependencies (database, cache) whose failure makes /readyz answer 503, separated by commas. */
  READINESS_GATES: setting.list({ default: '' }),
  /** Reads allowed in a window, per caller. */
  RATE_LIMIT_DEFAULT: setting.integer({ min: 1, max: 1000000, default: 100 }),
  /** Writes allowed in a window, per caller. */
  RATE_LIMIT_WRITE: setting.integer({ min: 1, max: 1000000, default: 30 }),
  /** Length of the window, in seconds. */
  RATE_LIMIT_WINDOW_S: setting.integer({ min: 1, max: 86400, default: 60 }),
  /** How long an Idempotency-Key is remembered, in seconds. */
  IDEMPOTENCY_TTL_S: setting.integer({ min: 60, max: 2592000, default: 86400 }),
  /** How long an instance answers from its own memory before it asks the shared store; with 0 it keeps nothing there. */
  CACHE_L1_TTL_MS: setting.integer({ min: 0, max: 600000, default: 5000 }),
  /** How long the shared store answers before the database is asked. */
  CACHE_L2_TTL_S: setting.integer({ min: 1, max: 86400, default: 60 }),
  /** How much longer an item may be served, marked stale, while the database is down. */
  CACHE_STALE_S: setting.integer({ min: 0, max: 86400, default: 300 }),
  /** Items an instance keeps in its own memory. */
  CACHE_L1_ENTRIES: setting.integer({ min: 1, max: 10000000, default: 10000 }),
  /** Signs page cursors; the same on all instances. */
  CURSOR_SECRET: setting.secret({ minLength: 32 }),
  /** Least severe level that is logged. */
  LOG_LEVEL: setting.enum({ values: ['trace', 'debug', 'info', 'warn', 'error', 'silent'], default: 'info' }),
  /** Name of the service in traces. */
  OTEL_SERVICE_NAME: setting.string({ default: 'shop' }),
  /** Collector that traces are sent to (OTLP over HTTP); empty sends none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: setting.string({ default: '' }),
  /** Which traces are kept. */
  OTEL_TRACES_SAMPLER: setting.string({ default: 'parentbased_traceidratio' }),
  /** The share of traces kept, 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: setting.string({ default: '0.01' }),
  /** Mean delay of the event loop, for a second, beyond which requests are answered 503; with 0 it is not looked at. */
  MAX_EVENT_LOOP_DELAY_MS: setting.integer({ min: 0, max: 60000, default: 150 }),
  /** The primary database. */
  DATABASE_URL: setting.url({ protocols: ['postgresql', 'postgres'] }),
  /** A read replica; lists are read there, items and what the caller has just written are not. */
  DATABASE_REPLICA_URL: setting.url({ protocols: ['postgresql', 'postgres'], default: '' }),
  /** Connections an instance may hold. */
  DB_POOL_MAX: setting.integer({ min: 1, max: 1000, default: 4 }),
  /** How long a request waits for a connection before it is answered 503. */
  DB_ACQUIRE_TIMEOUT_MS: setting.integer({ min: 10, max: 60000, default: 1000 }),
  /** The server ends a statement after this time; shorter than the request deadline. */
  DB_STATEMENT_TIMEOUT_MS: setting.integer({ min: 10, max: 600000, default: 3000 }),
  /** Whether connections have prepared statements and time limits of their own; off behind a proxy that allows neither, and the server must have the limits. */
  DB_SESSION_STATE: setting.enum({ values: ['on', 'off'], default: 'on' }),
  /** The store that instances share for limits and cache; left empty in development, the process counts for itself. */
  REDIS_URL: setting.url({ protocols: ['redis', 'rediss'], developmentDefault: '' }),
  /** First part of every key, so that several applications can share one store. */
  CACHE_PREFIX: setting.string({ default: 'shop' }),
  /** PKCS#8 PEM of the P-256 key that signs access tokens; line breaks may be written as \n. */
  JWT_PRIVATE_KEY: setting.secret(),
  /** SPKI PEMs, one after another, of keys that still verify while a new one is rolled out. */
  JWT_PREVIOUS_PUBLIC_KEYS: setting.string({ default: '' }),
  /** Issuer of access tokens. */
  JWT_ISSUER: setting.string({ default: 'shop' }),
  /** Audience of access tokens. */
  JWT_AUDIENCE: setting.string({ default: 'shop' }),
  /** Life of an access token, in seconds. */
  ACCESS_TOKEN_TTL_S: setting.integer({ min: 30, max: 86400, default: 600 }),
  /** Life of a refresh token, in seconds. */
  REFRESH_TOKEN_TTL_S: setting.integer({ min: 1, max: 31536000, default: 2592000 }),
  /** Time in which a refresh token that was just exchanged is answered 409 instead of ending the session: two tabs may refresh at once. */
  REFRESH_GRACE_S: setting.integer({ min: 0, max: 60, default: 10 }),
  /** Sign-in attempts allowed in a window, per account and per address. */
  RATE_LIMIT_AUTH: setting.integer({ min: 1, max: 1000000, default: 5 }),
  /** Passwords hashed at once (19 MiB and one core each); more wait, then are answered 503. */
  PASSWORD_HASH_CONCURRENCY: setting.integer({ min: 1, max: 64, default: 2 }),
};

/** Every setting, by the name of its environment variable. */
export type Config = ReturnType<typeof loadConfig>;

/**
 * Reads and checks the settings.
 * @throws EnvironmentError with a line for each that is missing or wrong
 */
export function loadConfig(environment: NodeJS.ProcessEnv) {
  return readEnvironment(settings, environment);
}
