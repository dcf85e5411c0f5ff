/** One number of the load that a project is made for. */
interface LoadOption {
  flag: string;
  /** How it is shown behind a value. */
  unit: string;
  default: number;
  min: number;
  max: number;
  /** Whether it takes decimals. */
  decimals?: true;
  about: string;
}

/** The workload in the order of its prompts: the table behind flags, answers, help and plan. */
export const workloadOptions = {
  peakRps: {
    flag: 'peak-rps',
    unit: '/s',
    default: 500,
    min: 1,
    max: 9_999_999,
    about: 'requests per second in the busiest minute',
  },
  p95Ms: {
    flag: 'p95-ms',
    unit: ' ms',
    default: 100,
    min: 1,
    max: 60_000,
    about: 'target for the 95th percentile of the response time',
  },
  dbMs: {
    flag: 'db-ms',
    unit: ' ms',
    default: 8,
    min: 0.001,
    max: 60_000,
    decimals: true,
    about: 'mean time that a request holds a database connection',
  },
  cpuMs: {
    flag: 'cpu-ms',
    unit: ' ms',
    default: 2,
    min: 0.001,
    max: 60_000,
    decimals: true,
    about: 'mean CPU time of a request',
  },
  dbCores: { flag: 'db-cores', unit: '', default: 4, min: 1, max: 1024, about: 'cores of the database' },
  dbConnections: {
    flag: 'db-connections',
    unit: '',
    default: 100,
    min: 17,
    max: 9_999_999,
    about: 'connection limit of the database',
  },
  zones: { flag: 'zones', unit: '', default: 3, min: 1, max: 10, about: 'zones, one of which may be lost' },
  loginsRps: {
    flag: 'logins-rps',
    unit: '/s',
    default: 5,
    min: 0,
    max: 100_000,
    decimals: true,
    about: 'sign-ins with a password per second at the peak',
  },
} as const satisfies Record<string, LoadOption>;

/** The load a project is made for, in the units of `loadOptions`. */
export type Workload = Record<keyof typeof workloadOptions, number>;

export const workloadKeys = Object.keys(workloadOptions) as (keyof Workload)[];

export const defaultWorkload = Object.fromEntries(
  workloadKeys.map((key) => [key, workloadOptions[key].default]),
) as Workload;

/** The valid range of a number of the workload, as a sentence part: "a whole number from 1 to 10". */
export function possibleWorkload(key: keyof Workload): string {
  const { min, max, ...option }: LoadOption = workloadOptions[key];
  return `a ${option.decimals ? '' : 'whole '}number from ${min} to ${max}`;
}

/** Whether a number can be that part of the load. */
export function isWorkload(key: keyof Workload, value: unknown): value is number {
  const { min, max, decimals }: LoadOption = workloadOptions[key];
  return (
    typeof value === 'number' &&
    value >= min &&
    value <= max &&
    (decimals ? Number.isFinite(value) : Number.isInteger(value))
  );
}
