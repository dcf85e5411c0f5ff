import { type CompiledQuery, sql } from 'kysely';
import type { Job } from '../contract.js';
import { db } from '../database/queries.js';

/** A file in the store, as the table has it. */
export interface StoredFile {
  file: string;
  contentType: string;
  bytes: number;
}

/** A job, as it is stored. */
export interface JobRow {
  id: string;
  kind: string;
  /** Who has started it. */
  owner: string;
  /** What it is asked for; with a tenant where it is for rows of that. */
  payload: { tenant?: string | undefined };
  status: Job['status'];
  attempts: number;
  done: number;
  result: StoredFile | null;
  error: string | null;
  /** The span that started it (W3C Trace Context). */
  traceParent: string | null;
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
}

/** Jobs in numbers. */
export interface Depth {
  queued: number;
  running: number;
  failed: number;
  oldestSeconds: number;
}

type Attempt = Pick<JobRow, 'id' | 'attempts'>;

const columns = sql.raw(
  'id, kind, owner, payload, status, attempts, done, result, error, trace_parent, created_at, updated_at, expires_at',
);
const isOver = sql`status not in ('queued', 'running')`;
const seconds = (count: number) => sql`${count} * interval '1 second'`;

/** An attempt that has been cancelled, or that another worker has taken over, changes nothing more. */
const isAttempt = ({ id, attempts }: Attempt) =>
  sql`id = ${id} and status = 'running' and attempts = ${attempts}`;

/** The statements of jobs. All times are the database's: the clocks of instances differ. */
export const table = {
  insert(job: Pick<JobRow, 'id' | 'kind' | 'owner' | 'payload' | 'traceParent'>, ttlSeconds: number) {
    const { id, kind, owner, traceParent } = job;
    return sql<JobRow>`
      insert into jobs (id, kind, owner, payload, trace_parent, publish_at, expires_at)
      values (${id}, ${kind}, ${owner}, ${JSON.stringify(job.payload)}, ${traceParent}, now(), now() + ${seconds(ttlSeconds)})
      returning ${columns}`.compile(db);
  },

  find(id: string) {
    return sql<JobRow>`
      select ${columns} from jobs where id = ${id} and not (${isOver} and expires_at <= now())`.compile(db);
  },

  /** Jobs that are to be sent to the queue, the oldest first. */
  due(limit: number) {
    return sql<{ id: string }>`
      select id from jobs where publish_at <= now() order by publish_at limit ${limit}`.compile(db);
  },

  /** They are sent again unless a worker takes them in time. One whose worker is lost is free for another. */
  sent(ids: readonly string[], againSeconds: number) {
    return sql<never>`
      update jobs set status = case status when 'running' then 'queued' else status end,
        publish_at = now() + ${seconds(againSeconds)}
      where id = any(${ids}) and publish_at <= now()`.compile(db);
  },

  /** Begins an attempt. @returns no row when another worker has it, or it is over */
  claim(id: string, leaseSeconds: number) {
    return sql<JobRow>`
      update jobs set status = 'running', attempts = attempts + 1, publish_at = now() + ${seconds(leaseSeconds)},
        updated_at = now()
      where id = ${id} and (status = 'queued' or status = 'running' and publish_at <= now())
      returning ${columns}`.compile(db);
  },

  /** Keeps the job for its worker. @returns no row when the attempt counts no more */
  keep(attempt: Attempt, done: number, leaseSeconds: number) {
    return sql<{ id: string }>`
      update jobs set done = ${done}, publish_at = now() + ${seconds(leaseSeconds)}, updated_at = now()
      where ${isAttempt(attempt)} returning id`.compile(db);
  },

  /** @returns no row when the attempt counts no more */
  end(
    attempt: Attempt,
    { status, done, result, error }: Pick<JobRow, 'status' | 'done' | 'result' | 'error'>,
    ttlSeconds: number,
  ) {
    return sql<{ id: string }>`
      update jobs set status = ${status}, done = ${done}, result = ${result && JSON.stringify(result)}, error = ${error},
        publish_at = null, updated_at = now(), expires_at = now() + ${seconds(ttlSeconds)}
      where ${isAttempt(attempt)} returning id`.compile(db);
  },

  /** Another attempt follows, after a pause. */
  retry(attempt: Attempt, error: string, pauseMs: number) {
    return sql<never>`
      update jobs set status = 'queued', error = ${error}, publish_at = now() + ${seconds(pauseMs / 1000)},
        updated_at = now()
      where ${isAttempt(attempt)}`.compile(db);
  },

  /** The worker ends: another one begins anew, and the attempt does not count. */
  giveBack(attempt: Attempt) {
    return sql<never>`
      update jobs set status = 'queued', attempts = attempts - 1, publish_at = now(), updated_at = now()
      where ${isAttempt(attempt)}`.compile(db);
  },

  cancel(id: string, ttlSeconds: number) {
    return sql<never>`
      update jobs set status = 'cancelled', publish_at = null, updated_at = now(),
        expires_at = now() + ${seconds(ttlSeconds)}
      where id = ${id} and not ${isOver}`.compile(db);
  },

  /** @param status of those to list; all without */
  list(status: JobRow['status'] | undefined, limit: number) {
    return sql<JobRow>`
      select ${columns} from jobs where ${status ? sql`status = ${status}` : sql`true`}
      order by updated_at desc limit ${limit}`.compile(db);
  },

  /** Has failed jobs begin anew. @param id of one; all without */
  replay(id: string | undefined) {
    return sql<{ id: string }>`
      update jobs set status = 'queued', attempts = 0, done = 0, error = null, publish_at = now(), updated_at = now()
      where ${isFailed(id)} returning id`.compile(db);
  },

  /** Deletes failed jobs. @param id of one; all without */
  discard(id: string | undefined) {
    return sql<{ id: string }>`delete from jobs where ${isFailed(id)} returning id`.compile(db);
  },

  expired(limit: number) {
    return sql<{ id: string }>`
      select id from jobs where ${isOver} and expires_at <= now() order by expires_at limit ${limit}`.compile(
      db,
    );
  },

  remove(ids: readonly string[]): CompiledQuery<never> {
    return sql<never>`delete from jobs where id = any(${ids})`.compile(db);
  },

  depth() {
    return sql<Depth>`
      select count(*) filter (where status = 'queued') as queued,
        count(*) filter (where status = 'running') as running,
        count(*) filter (where status = 'failed') as failed,
        coalesce(extract(epoch from now() - min(created_at) filter (where status = 'queued')), 0)::float8
          as oldest_seconds
      from jobs where publish_at is not null or status = 'failed'`.compile(db);
  },
};

function isFailed(id: string | undefined) {
  return id === undefined ? sql`status = 'failed'` : sql`status = 'failed' and id = ${id}`;
}
