import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../cli/errors.js';
import { type Sample, samplesOf, sumOf } from './exposition.js';
import { type Workload, workloadOptions } from './workload.js';

const duration = 'http_server_request_duration_seconds';
const useTime = 'db_client_connection_use_time_seconds';
const fetchTimeoutMs = 10_000;
/** Fewer requests than these say nothing about a mean. */
const enoughRequests = 20;

/** What an instance did between two looks at its metrics. */
export interface Measured {
  /** How long was measured, in seconds. */
  seconds: number;
  requests: number;
  /** 95th percentile of the response time, in milliseconds. */
  p95Ms: number;
  /** The cost of a request, as parts of the workload, at the current rate, not the peak. */
  load: Partial<Workload>;
}

/**
 * Measures a running instance: what requests take of the CPU, how long they hold a database connection, and how fast they
 * are answered.
 * @param url of its metrics, in Prometheus' text format
 * @param seconds between the two looks
 * @throws UserError when it does not answer, is not such an instance, or had too few requests
 */
export async function measure(url: string, seconds: number, signal: AbortSignal): Promise<Measured> {
  const start = performance.now();
  const before = await look(url, signal);
  await delay(seconds * 1000, undefined, { signal });
  const after = await look(url, signal);
  const passed = (performance.now() - start) / 1000;
  const grown = (name: string) => growth(before, after, name) ?? 0;
  const requests = grown(`${duration}_count`);
  if (requests < enoughRequests)
    throw refused(
      url,
      `answered ${requests} requests in ${seconds} s, too few to measure; put it under load, or measure for longer with --seconds`,
    );
  const cpu = grown('process_cpu_seconds_total');
  const useSeconds = growth(before, after, `${useTime}_sum`);
  return {
    seconds: passed,
    requests,
    p95Ms: Math.round(quantile(before, after, 0.95) * 10_000) / 10,
    load: {
      cpuMs: milliseconds(cpu / requests),
      ...(useSeconds === undefined ? {} : { dbMs: milliseconds(useSeconds / requests) }),
    },
  };
}

async function look(url: string, signal: AbortSignal): Promise<Sample[]> {
  let text: string;
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(fetchTimeoutMs)]);
    const response = await fetch(url, { signal: within });
    if (!response.ok) throw refused(url, `answered ${response.status}`);
    text = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UserError) throw error;
    const { cause, message } = error as Error & { cause?: Error & { code?: string } };
    throw refused(url, `does not answer (${cause?.code ?? cause?.message ?? message})`);
  }
  const samples = samplesOf(text);
  if (sumOf(samples, 'process_cpu_seconds_total') === undefined)
    throw refused(url, 'has no process_cpu_seconds_total; it must be the metrics of an instance');
  return samples;
}

function growth(before: readonly Sample[], after: readonly Sample[], name: string): number | undefined {
  const now = sumOf(after, name);
  return now === undefined ? undefined : now - (sumOf(before, name) ?? 0);
}

/** As Prometheus' histogram_quantile: within a bucket the values are taken to be spread evenly. */
function quantile(before: readonly Sample[], after: readonly Sample[], share: number): number {
  const bounds = [
    ...new Set(after.filter(({ name }) => name === `${duration}_bucket`).map(({ labels }) => labels.le!)),
  ].sort((a, b) => numberOf(a) - numberOf(b));
  const below = (le: string) => {
    const count = (samples: readonly Sample[]) => sumOf(samples, `${duration}_bucket`, { le }) ?? 0;
    return count(after) - count(before);
  };
  const wanted = share * below(bounds.at(-1)!);
  let lower = 0;
  let counted = 0;
  for (const bound of bounds) {
    const count = below(bound);
    if (count >= wanted) {
      const upper = numberOf(bound);
      return Number.isFinite(upper)
        ? lower + ((upper - lower) * (wanted - counted)) / (count - counted)
        : lower;
    }
    lower = numberOf(bound);
    counted = count;
  }
  return lower;
}

function numberOf(bound: string): number {
  return bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
}

/** Within the limits of the workload; an unmeasurably small cost is not zero. */
function milliseconds(seconds: number): number {
  return Math.max(workloadOptions.cpuMs.min, Math.round(seconds * 1_000_000) / 1000);
}

function refused(url: string, possible: string): UserError {
  return new UserError(
    [
      {
        given: url,
        possible,
        command: 'create-scalable-api plan --from http://localhost:9464/metrics',
      },
    ],
    1,
  );
}
