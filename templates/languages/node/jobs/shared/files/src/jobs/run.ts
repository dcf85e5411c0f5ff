import { propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { CompiledQuery } from 'kysely';
import { inBackground } from '../background.js';
import type { Config } from '../config.js';
import { Problem } from '../problem.js';
import { RequestContext } from '../request-context.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { tracer } from '../telemetry/trace.js';
import type { Handler, Tools } from './handler.js';
import { type AttemptOutcome, attemptMetrics } from './metrics.js';
import { type JobRow, table } from './table.js';

const longestPauseMs = 3_600_000;
/** Signs of life within a lease: two may be lost. */
const signsOfLife = 3;

/** Reasons to stop that are no failure of the job. */
const lost = new Problem('conflict', { detail: 'The job is cancelled, or another worker has it.' });
const leaving = new Problem('dependency-unavailable', { detail: 'The worker ends.' });

/** A failure whose reason callers may read. */
const told = (detail: string) => new Problem('internal', { detail });

export interface Runner {
  /** Makes an attempt at a job. @throws only when the database does not answer */
  run(id: string): Promise<void>;
  /** Gives back the jobs in progress. */
  giveBack(): void;
}

/** Makes attempts at jobs, each once at a time over all workers. */
export function createRunner({
  config,
  log,
  metrics,
  handlers,
  ...tools
}: Tools & { config: Config; log: Log; metrics: Metrics; handlers: Record<string, Handler> }): Runner {
  const { database } = tools;
  const measured = attemptMetrics(metrics);
  const running = new Set<RequestContext>();

  const write = <Row>(query: CompiledQuery<Row>) =>
    inBackground((context) => database.transaction(context, (transaction) => transaction.finish(query)));

  /** Works on it until it is done, or its context ends. @returns once the end is stored */
  async function work(job: JobRow, context: RequestContext): Promise<void> {
    let { done } = job;
    const keep = async () => {
      const [kept] = await write(table.keep(job, done, config.JOB_LEASE_S));
      if (!kept) context.cancel(lost);
    };
    const progress = async (count: number) => {
      done = count;
      await keep();
      if (context.cancelled) throw context.cancelled;
    };
    // What the lease is for: a database that does not answer in time.
    const sign = () =>
      keep().catch((error) => log.warn({ error, jobId: job.id }, 'no sign of life of a job'));
    const timer = setInterval(sign, (config.JOB_LEASE_S * 1000) / signsOfLife);
    const { id, owner, kind, payload, attempts } = job;
    try {
      if (attempts > config.JOB_MAX_ATTEMPTS) throw told('The worker ended before the job was done.');
      const handle = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;
      if (!handle) throw told(`There is no job of the kind ${kind}.`);
      const handled = handle({ id, owner, payload, attempt: attempts, context, progress }, tools);
      const stopped = new Promise<never>((_, reject) => context.onCancel(reject));
      const { result = null, effect } = await Promise.race([handled, stopped]);
      const end = { status: 'succeeded', done, result, error: null } as const;
      try {
        await database.transaction(context, async (transaction) => {
          const [ended] = await transaction.query(table.end(job, end, config.JOB_TTL_S));
          if (!ended) throw lost;
          await effect?.(transaction);
        });
      } catch (error) {
        // After any other error the end may be stored none the less; the purge deletes what is left.
        if (error === lost && result) await tools.files.remove(result.file);
        throw error;
      }
    } finally {
      clearInterval(timer);
    }
  }

  /** Stores what follows from a failure. */
  async function failed(job: JobRow, error: unknown): Promise<AttemptOutcome> {
    if (error === lost) return 'cancelled';
    if (error === leaving) {
      await write(table.giveBack(job));
      return 'returned';
    }
    const message = messageOf(error);
    if (job.attempts >= config.JOB_MAX_ATTEMPTS) {
      await write(
        table.end(job, { status: 'failed', done: job.done, result: null, error: message }, config.JOB_TTL_S),
      );
      return 'failed';
    }
    const pauseMs = Math.min(config.JOB_BACKOFF_MS * 2 ** (job.attempts - 1), longestPauseMs);
    await write(table.retry(job, message, (pauseMs * (1 + Math.random())) / 2));
    return 'retried';
  }

  function messageOf(error: unknown): string {
    // What was not meant for callers may name hosts or show SQL.
    if (!(error instanceof Problem))
      return 'Something went wrong; the log has the details under the id of the job.';
    const late = error.type === 'deadline-exceeded';
    return late ? `The job took longer than ${config.JOB_TIMEOUT_S} s.` : error.message;
  }

  return {
    async run(id) {
      const [job] = await write(table.claim(id, config.JOB_LEASE_S));
      if (!job) return;
      const span = startJobSpan(job);
      const context = new RequestContext(job.id, span, config.JOB_TIMEOUT_S * 1000);
      context.principal = { id: job.owner, roles: [], tenant: job.payload.tenant };
      running.add(context);
      const start = performance.now();
      let outcome: AttemptOutcome = 'succeeded';
      let error: unknown;
      try {
        await work(job, context);
      } catch (thrown) {
        error = context.cancelled ?? thrown;
        span.setStatus({ code: SpanStatusCode.ERROR });
        outcome = await failed(job, error);
      } finally {
        context.end();
        running.delete(context);
        const seconds = (performance.now() - start) / 1000;
        measured(job.kind, outcome, seconds);
        const { traceId, spanId } = span.spanContext();
        const { kind, attempts } = job;
        const line = {
          traceId,
          spanId,
          jobId: id,
          kind,
          attempts,
          outcome,
          durationMs: Math.round(seconds * 1000),
        };
        if (outcome === 'retried' || outcome === 'failed') log.error({ ...line, error }, 'job');
        else log.info(line, 'job');
        span.end();
      }
    },
    giveBack() {
      for (const context of running) context.cancel(leaving);
    },
  };
}

/** The span of an attempt; it continues the trace of the request that started the job. */
function startJobSpan({ kind, traceParent, id }: JobRow): Span {
  const parent = propagation.extract(ROOT_CONTEXT, traceParent ? { traceparent: traceParent } : {});
  const attributes = { 'messaging.operation.type': 'process', 'messaging.message.id': id };
  return tracer.startSpan(`process ${kind}`, { kind: SpanKind.CONSUMER, attributes }, parent);
}
