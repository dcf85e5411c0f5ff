import { randomBytes } from 'node:crypto';
import type { Variable } from '../../answers/manifest.js';
import { newSigningKey } from '../http/tokens.js';

/** An origin that browsers may call from. */
export const allowedOrigin = 'https://app.example.com';

/**
 * Default settings of rows: limits that no row reaches by accident, and times short
 * enough to wait for. Those that a project does not know are left out.
 */
const generous: Record<string, string | number> = {
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
  RATE_LIMIT_DEFAULT: 1_000_000,
  RATE_LIMIT_WRITE: 1_000_000,
  RATE_LIMIT_AUTH: 1_000_000,
  RATE_LIMIT_AUTH_FAILURES: 1_000_000,
  RATE_LIMIT_MAILS: 1_000_000,
  REQUEST_TIMEOUT_MS: 3000,
  DB_STATEMENT_TIMEOUT_MS: 2500,
  DB_ACQUIRE_TIMEOUT_MS: 2000,
  HEADERS_TIMEOUT_MS: 2000,
  DRAIN_DELAY_MS: 1000,
  SHUTDOWN_TIMEOUT_MS: 10_000,
  CORS_ORIGINS: allowedOrigin,
  // Rows count statements: those of the relay of jobs come seldom, unless a row is about jobs.
  JOB_RELAY_MS: 60_000,
  // A busy machine must not look like an overloaded API.
  MAX_EVENT_LOOP_DELAY_MS: 5000,
};

/** Variables that every process knows, whether or not the project names them. */
const common = ['TZ'];

/** Names that OpenTelemetry gives a meaning, known to every project. */
const telemetry = { OTEL_BSP_SCHEDULE_DELAY: '200' };

const makers: Record<string, () => string> = {
  random: () => randomBytes(32).toString('base64url'),
  es256: newSigningKey,
};

/** A value for each secret of a project that can be made. */
export function newSecrets(env: readonly Variable[]): Record<string, string> {
  return Object.fromEntries(
    env.flatMap(({ name, make }) => (make && makers[make] ? [[name, makers[make]()]] : [])),
  );
}

/**
 * The settings of instances, without addresses and secrets. A number is not less than the project allows.
 * @param own additional settings of a row
 */
export function settingsFor(
  env: readonly Variable[],
  own: Record<string, string | number>,
): Record<string, string> {
  const known = new Set([...env.map(({ name }) => name), ...common]);
  const least = new Map(env.map(({ name, min }) => [name, min ?? Number.NEGATIVE_INFINITY]));
  const given = Object.entries({ ...generous, ...own })
    .filter(([name]) => known.has(name))
    .map(([name, value]) => [name, typeof value === 'number' ? Math.max(value, least.get(name)!) : value]);
  const defaults = env
    .filter((variable) => variable.default !== undefined)
    .map((variable) => [variable.name, variable.default] as const);
  return Object.fromEntries(
    [...defaults, ...given, ...Object.entries(telemetry)].map(([name, value]) => [name, String(value)]),
  );
}
