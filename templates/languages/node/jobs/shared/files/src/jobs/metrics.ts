import { Counter, Gauge, Histogram } from 'prom-client';
import { inBackground } from '../background.js';
import type { Database } from '../database/database.js';
import type { Metrics } from '../telemetry/metrics.js';
import { type Depth, table } from './table.js';

const askedEveryMs = 5000;
const answerMs = 1000;
/** Bounds in seconds. */
const durationBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** Metrics of waiting jobs. Every process exports the same values, as they come from the table. */
export function observeJobs({ registry }: Metrics, database: Database): void {
  let asked = Number.NEGATIVE_INFINITY;
  let depth: Promise<Depth | undefined> = Promise.resolve(undefined);
  /** @returns undefined while the database does not answer */
  const current = () => {
    if (performance.now() - asked < askedEveryMs) return depth;
    asked = performance.now();
    depth = inBackground((context) => database.read(table.depth(), context, true), answerMs).then(
      ([row]) => row,
      () => undefined,
    );
    return depth;
  };
  const gauge = (
    name: string,
    help: string,
    set: (gauge: Gauge<'status'>, depth: Depth) => void,
    labels: 'status'[] = [],
  ) =>
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      async collect() {
        const found = await current();
        this.reset();
        if (found) set(this, found);
      },
    });
  gauge(
    'job_queue_depth',
    'Jobs that are not over, by status.',
    (depths, { queued, running }) => {
      depths.set({ status: 'queued' }, queued);
      depths.set({ status: 'running' }, running);
    },
    ['status'],
  );
  gauge('job_oldest_seconds', 'Age of the oldest job that waits.', (ages, { oldestSeconds }) =>
    ages.set(oldestSeconds),
  );
  gauge(
    'job_dead_letters',
    'Jobs that have failed and wait for somebody to replay or discard them.',
    (letters, { failed }) => letters.set(failed),
  );
}

/** What becomes of an attempt. */
export type AttemptOutcome = 'succeeded' | 'retried' | 'failed' | 'cancelled' | 'returned';

/** Measures attempts, in workers. */
export function attemptMetrics({ registry }: Metrics) {
  const labelNames = ['kind', 'outcome'] as const;
  const duration = new Histogram({
    name: 'job_duration_seconds',
    help: 'Time of an attempt at a job.',
    labelNames,
    buckets: durationBuckets,
    registers: [registry],
  });
  const attempts = new Counter({
    name: 'job_attempts_total',
    help: 'Attempts at jobs, by what became of them.',
    labelNames,
    registers: [registry],
  });
  return (kind: string, outcome: AttemptOutcome, seconds: number): void => {
    duration.observe({ kind, outcome }, seconds);
    attempts.inc({ kind, outcome });
  };
}
