import { propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { v7 as uuid } from 'uuid';
import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import type { Job } from '../contract.js';
import type { Database } from '../database/database.js';
import type { Answer } from '../database/idempotency.js';
import { purgeRegularly } from '../database/purge.js';
import { Problem } from '../problem.js';
import type { Dependencies } from '../resources/dependencies.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { UnitOfWork } from '../writes.js';
import { createBroker } from './connect.js';
import { createFiles, expiredJobs } from './files.js';
import { observeJobs } from './metrics.js';
import { createRelay } from './relay.js';
import { type JobRow, table } from './table.js';

export type Jobs = ReturnType<typeof createJobs>;

const unstored = { 'cache-control': 'no-store' };
const askAgain = { 'retry-after': '1' };

/** What requests do with jobs; workers do the rest. */
export function createJobs({
  config,
  database,
  contract,
  log,
  metrics,
}: {
  config: Config;
  database: Database;
  contract: Dependencies['contract'];
  log: Log;
  metrics: Metrics;
}) {
  const toJson = contract.serializer<Job>('Job');
  const files = createFiles(config.FILES_URL);
  const broker = createBroker({ config, log, metrics });
  // Without a queue a worker feeds itself.
  const relay = broker && createRelay({ config, database, broker, log });
  const stopPurge = purgeRegularly(database, log, expiredJobs(files));
  observeJobs(metrics, database);

  /** @throws Problem `not-found`, also for a job of another caller; administrators see them all, but none for the rows of another tenant */
  function visible(row: JobRow | undefined, { principal }: CallContext): JobRow {
    if (row && (row.owner === principal.id || principal.roles.includes('admin'))) {
      const { tenant = principal.tenant } = row.payload;
      if (tenant === principal.tenant) return row;
    }
    throw new Problem('not-found');
  }

  async function find(id: string, context: CallContext): Promise<JobRow> {
    const [row] = await database.read(table.find(id), context, true);
    return visible(row, context);
  }

  return {
    /** Starts a job in the transaction of a request: it is there if the request has succeeded. */
    async start(unit: UnitOfWork, context: CallContext, kind: string, payload: object): Promise<Answer> {
      const carrier: { traceparent?: string } = {};
      propagation.inject(trace.setSpan(ROOT_CONTEXT, context.span), carrier);
      const job = {
        id: uuid(),
        kind,
        owner: context.principal.id,
        payload,
        traceParent: carrier.traceparent ?? null,
      };
      const [row] = await unit.transaction.query(table.insert(job, config.JOB_TTL_S));
      unit.afterCommit(async () => relay?.wake());
      const headers = { location: `/v1/jobs/${job.id}`, ...askAgain, ...unstored };
      return { status: 202, headers, body: toJson(jobOf(row!)) };
    },

    /** @throws Problem `not-found` */
    async read(id: string, context: CallContext): Promise<{ headers: Record<string, string>; body: string }> {
      const job = jobOf(await find(id, context));
      const isOver = !['queued', 'running'].includes(job.status);
      return { headers: { ...unstored, ...(isOver ? {} : askAgain) }, body: toJson(job) };
    },

    /** @throws Problem `not-found`, also while there is no result */
    async readResult(id: string, context: CallContext) {
      const { kind, result } = await find(id, context);
      const body = result && (await files.read(result.file));
      if (!result || !body) throw new Problem('not-found');
      const { contentType, bytes } = result;
      const name = `${kind.split('.')[0]}.${contentType.startsWith('text/csv') ? 'csv' : 'ndjson'}`;
      const headers = {
        'content-type': contentType,
        'content-length': String(bytes),
        'content-disposition': `attachment; filename="${name}"`,
        ...unstored,
      };
      return { headers, body };
    },

    /** A job that is over stays as it is. @throws Problem `not-found` */
    async cancel({ transaction }: UnitOfWork, id: string, context: CallContext): Promise<void> {
      const [row] = await transaction.query(table.find(id));
      visible(row, context);
      await transaction.query(table.cancel(id, config.JOB_TTL_S));
    },

    async close(): Promise<void> {
      stopPurge();
      await relay?.close();
      await broker?.close();
    },
  };
}

/** A job as callers see it. */
function jobOf({ done, result, payload: _, owner: __, traceParent: ___, ...row }: JobRow): Job {
  const href = `/v1/jobs/${row.id}/result`;
  const file = result && { href, contentType: result.contentType, bytes: result.bytes };
  return { ...row, progress: { done }, result: file };
}
