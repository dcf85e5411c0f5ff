/** Settings that rows give or read, under the names that generated projects have for them. */
export const settingNames = {
  REQUEST_TIMEOUT_MS: 'how long a request may take',
  HEADERS_TIMEOUT_MS: 'how long the headers of a request may take to arrive',
  SEND_TIMEOUT_MS: 'how long a client may take nothing of its response',
  KEEPALIVE_TIMEOUT_MS: 'how long an idle connection is kept',
  DRAIN_DELAY_MS: 'how long an instance serves after SIGTERM; 0 when nothing is said',
  SHUTDOWN_TIMEOUT_MS: 'how long an instance takes to end after SIGTERM, at most; 30 s when nothing is said',
  MAX_INFLIGHT: 'how many requests an instance takes at once',
  BODY_LIMIT_BYTES: 'the largest body',
  DB_POOL_MAX: 'connections of an instance to the database',
  DB_ACQUIRE_TIMEOUT_MS: 'how long a request may wait for one of these',
  DB_STATEMENT_TIMEOUT_MS: 'how long a statement may take',
  CACHE_L1_TTL_MS: 'how long a cached item is fresh in the process',
  CACHE_L2_TTL_S: 'how long a cached item is fresh in the shared cache',
  CACHE_STALE_S: 'how long a cached item is kept after that, for outages',
  IDEMPOTENCY_TTL_S: 'how long an Idempotency-Key is kept',
  RATE_LIMIT_DEFAULT: 'requests of a caller in a window',
  RATE_LIMIT_WRITE: 'changes of a caller in a window',
  RATE_LIMIT_AUTH: 'sign-ins to an account in a window',
  RATE_LIMIT_WINDOW_S: 'the window of these limits',
  TRUST_PROXY_HOPS: 'proxies in front whose X-Forwarded-For is believed',
  READINESS_GATES: 'dependencies without which an instance wants no traffic: database',
  CORS_ORIGINS: 'origins that browsers may call from',
  LOG_LEVEL: 'trace, debug, info, warn or error',
} as const;

export type SettingName = keyof typeof settingNames;

/** What verify assumes of a project that does not say: it closes at once, within the patience of Kubernetes. */
export const assumed: Partial<Record<string, GivenSetting>> = {
  DRAIN_DELAY_MS: { default: 0 },
  SHUTDOWN_TIMEOUT_MS: { default: 30_000 },
};

export type Unit = 'ms' | 's' | 'min';

/** A setting, as a project has it. */
export interface GivenSetting {
  /** Its environment variable; undefined for what cannot be changed. */
  variable?: string;
  /** Without the variable, in the unit of the project. */
  default?: string | number;
  /** Of the project; default: that in which the name of the setting ends. */
  unit?: Unit;
}

const milliseconds: Record<Unit, number> = { ms: 1, s: 1000, min: 60_000 };

/** The unit in which the name of a setting ends; undefined for one that is no time. */
export function unitOf(name: string): Unit | undefined {
  if (name.endsWith('_MS')) return 'ms';
  return name.endsWith('_S') ? 's' : undefined;
}

/** How many units of the setting's name are one of the project. */
function factorOf(name: string, { unit }: GivenSetting): number {
  const own = unitOf(name);
  return own && unit ? milliseconds[unit] / milliseconds[own] : 1;
}

/** The value as rows know it, of one in the unit of the project. */
export function valueInRows(name: string, given: GivenSetting, value: string | number): string {
  const factor = factorOf(name, given);
  return factor === 1 ? String(value) : String(Number(value) * factor);
}

/** The value in the unit of the project, of one as rows know it: rounded up where the project counts in larger units. */
export function valueInProject(name: string, given: GivenSetting, value: string): string {
  const factor = factorOf(name, given);
  return factor === 1 ? value : String(Math.ceil(Number(value) / factor));
}
