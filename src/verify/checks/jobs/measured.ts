import { randomBytes } from 'node:crypto';
import type { Api, Process, Span } from '../../cluster/api.js';
import { metricsOf, sumOf } from '../../cluster/metrics.js';
import { expectEqual, expectThat } from '../../http/expectations.js';
import { pause, until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { type Line, parsed } from '../shared/log-lines.js';
import {
  expectSuccess,
  type Job,
  jobSettings,
  startExport,
  untilRunning,
  whileFrozen,
  whileHeld,
} from './job.js';

/** Gauges are taken from the database every 5 s at most, and spans are sent in batches. */
const takenMs = 30_000;
const countedMs = 5000;
const consumer = 5;
const waiting = 2;
/** A time that cannot be taken for as many seconds. */
const heldMs = 500;
const duration = 'job_duration_seconds';

export const measuredJobs: Row[] = [
  {
    id: 'JB8',
    group: 'jobs',
    title: 'jobs are measured, and their trace goes on',
    expected: `job_queue_depth, job_oldest_seconds and job_dead_letters on every process; ${duration} and job_attempts_total by kind and outcome on workers; a consumer span in the trace of the request, whose id stands in each line of the job`,
    source: 'OpenTelemetry semantic conventions, "Messaging spans"; Google SRE Book, chapter 6',
    remedy:
      'Count jobs by status where metrics are read, keep the traceparent of the request with the job, and continue it in the worker.',
    evidence: ['observed'],
    needs: ['started', 'jobs', 'database', 'management', 'logs', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      const workers = await api.fleet.workers();
      const [instance] = api.fleet.instances;
      const traceId = randomBytes(16).toString('hex');
      const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
      const before = await doneBy(api, workers);
      const jobs = await whileHeld(api, async () => {
        const started = await whileFrozen(api, workers, () => expectWaiting(api, traceparent));
        for (const job of started) await untilRunning(api, job);
        await pause(heldMs);
        return started;
      });
      for (const job of jobs) await expectSuccess(api, job);
      const { kind } = jobs[0]!;
      await expectDone(api, workers, before, kind);
      await api.fleet.sql.query(
        `update "jobs" set "status" = 'failed', "result" = null, "error" = 'failed' where "id" = $1`,
        [jobs[0]!.id],
      );
      for (const process of [instance!, ...workers]) {
        await expectGauge(api, process, 'job_queue_depth', (value) => value === 0);
        await expectGauge(api, process, 'job_oldest_seconds', (value) => value === 0);
        await expectGauge(api, process, 'job_dead_letters', (value) => value >= 1);
      }
      for (const job of jobs) await expectLines(workers, job, traceId);
      await expectSpans(api, traceId);
    },
  },
];

/** Starts exports that no worker takes. */
async function expectWaiting(api: Api, traceparent: string): Promise<Job[]> {
  const [instance] = api.fleet.instances;
  const jobs: Job[] = [];
  for (let place = 0; place < waiting; place += 1)
    jobs.push(await startExport(api, { headers: { traceparent } }));
  await expectGauge(api, instance!, 'job_queue_depth', (value) => value === waiting);
  await expectGauge(api, instance!, 'job_oldest_seconds', (value) => value >= 1 && value < 600);
  return jobs;
}

async function expectGauge(
  api: Api,
  process: Process,
  name: string,
  holds: (value: number) => boolean,
): Promise<void> {
  let value: number | undefined;
  const came = await until(async () => {
    value = sumOf(await metricsOf(api, process), name);
    return value !== undefined && holds(value);
  }, takenMs);
  expectThat(came, `another value of ${name} at ${process.managementUrl}`, value ?? 'none');
}

/** What workers have done: sums of their metrics by name. */
async function doneBy(api: Api, workers: readonly Process[]): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const worker of workers) {
    const samples = await metricsOf(api, worker);
    for (const name of [`${duration}_count`, `${duration}_sum`, 'job_attempts_total'])
      sums[name] = (sums[name] ?? 0) + (sumOf(samples, name) ?? 0);
  }
  return sums;
}

async function expectDone(
  api: Api,
  workers: readonly Process[],
  before: Record<string, number>,
  kind: string,
): Promise<void> {
  const counts = [`${duration}_count`, 'job_attempts_total'];
  let after = before;
  const rise = (name: string) => after[name]! - before[name]!;
  // A worker may count what it has done a moment after it is stored.
  await until(async () => {
    after = await doneBy(api, workers);
    return counts.every((name) => rise(name) >= waiting);
  }, countedMs);
  for (const name of counts) expectEqual(rise(name), waiting, `${name} more by`);
  const seconds = rise(`${duration}_sum`);
  expectThat(
    seconds >= (waiting * heldMs) / 1000 && seconds < 60,
    `a sum of ${duration} in seconds`,
    seconds,
  );
  const samples = (await Promise.all(workers.map((worker) => metricsOf(api, worker)))).flat();
  for (const name of counts)
    expectThat(
      samples.some(({ name: own, labels }) => own === name && labels.kind === kind && labels.outcome),
      `${name} with a label "outcome" for the kind "${kind}"`,
      samples.filter((sample) => sample.name === name),
    );
}

async function expectLines(workers: readonly Process[], { id, kind }: Job, traceId: string): Promise<void> {
  const found = () =>
    workers
      .flatMap((worker) => worker.lines())
      .filter((line) => line.includes(id))
      .map(parsed)
      .filter((line): line is Line => line?.jobId === id);
  expectThat(await until(() => found().length > 0, 5000), `a line of a worker with "jobId": "${id}"`, 'none');
  for (const line of found())
    expectEqual({ kind: line.kind, traceId: line.traceId }, { kind, traceId }, 'in each line of the job');
}

async function expectSpans(api: Api, traceId: string): Promise<void> {
  const ofTrace = () => api.fleet.spans().filter((span) => span.traceId === traceId);
  const consumers = () => ofTrace().filter(({ kind }) => kind === consumer);
  await until(() => consumers().length >= waiting, takenMs);
  const ids = new Set(ofTrace().map(({ spanId }) => spanId));
  const joined = ({ parentSpanId }: Span) => ids.has(parentSpanId);
  expectThat(
    consumers().length === waiting && consumers().every(joined),
    `${waiting} consumer spans of the trace ${traceId}, below spans of their requests`,
    ofTrace().map(
      ({ name, kind, parentSpanId }) => `${name} (kind ${kind}, below ${parentSpanId || 'none'})`,
    ),
  );
}
