import type { Plan } from './explain.js';
import type { Measured } from './measured.js';

/** The plan as a person reads it. */
export function planText({ load, steps, warnings, sizes }: Plan, measured?: Measured): string {
  const width = Math.max(...load.map(({ about }) => about.length));
  return [
    'Load',
    ...load.map(({ about, value, unit }) => `  ${about.padEnd(width)}  ${value}${unit}`),
    ...(measured
      ? [
          `  measured: ${measured.requests} requests in ${measured.seconds.toFixed(1)} s, 95th percentile ${measured.p95Ms} ms`,
        ]
      : []),
    ...steps.flatMap(({ title, rule, lines }, index) => [
      '',
      `${index + 1}. ${title}`,
      `   ${rule}.`,
      ...lines.map((line) => `   - ${line}`),
    ]),
    '',
    'Settings of an instance',
    ...Object.entries(settingsOf(sizes)).map(([name, value]) => `  ${name}=${value}`),
    `  DB_POOL_MAX=${sizes.pooledPoolMax} behind a pooler`,
    '',
    warnings.length === 0 ? 'No budget is exceeded.' : 'Exceeded budgets',
    ...warnings.flatMap(({ what, change }) => [`  ! ${what}`, `    ${change}`]),
    '',
  ].join('\n');
}

/** The plan as a program reads it. */
export function planJson({ load, steps, warnings, sizes }: Plan, measured?: Measured): object {
  return { ok: true, load, measured, steps, sizes, settings: settingsOf(sizes), warnings };
}

/** The environment variables that follow from the sizes. */
function settingsOf(sizes: Plan['sizes']): Record<string, number> {
  return {
    DB_POOL_MAX: sizes.dbPoolMax,
    DB_ACQUIRE_TIMEOUT_MS: sizes.dbAcquireTimeoutMs,
    DB_STATEMENT_TIMEOUT_MS: sizes.dbStatementTimeoutMs,
    REQUEST_TIMEOUT_MS: sizes.requestTimeoutMs,
    KEEPALIVE_TIMEOUT_MS: sizes.keepaliveTimeoutMs,
    DRAIN_DELAY_MS: sizes.drainDelayMs,
    SHUTDOWN_TIMEOUT_MS: sizes.shutdownTimeoutMs,
    MAX_INFLIGHT: sizes.maxInflight,
    RATE_LIMIT_DEFAULT: sizes.rateLimitDefault,
    RATE_LIMIT_WRITE: sizes.rateLimitWrite,
    PASSWORD_HASH_CONCURRENCY: sizes.passwordHashConcurrency,
  };
}
