import type { Api, Item, Process } from '../../cluster/api.js';
import type { Resource } from '../../contract/contract.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectEqual, expectHeader, expectStatus, expectThat, Mismatch } from '../../http/expectations.js';
import { pause, until } from '../../http/waiting.js';
import { tableOf } from '../shared/tables.js';
import { csvOf } from './csv.js';

/**
 * Settings of rows on jobs: leases, retries and the relay in times that can be waited for, and longer ones for what a row
 * holds up on purpose. A busy machine must not let a lease end, or a worker come late to its own end.
 */
export const jobSettings = {
  JOB_MAX_ATTEMPTS: 3,
  JOB_BACKOFF_MS: 1000,
  JOB_LEASE_S: 10,
  JOB_REPUBLISH_S: 3,
  JOB_RELAY_MS: 100,
  JOB_TIMEOUT_S: 60,
  WORKER_CONCURRENCY: 2,
  SHUTDOWN_TIMEOUT_MS: 15_000,
  DRAIN_DELAY_MS: 500,
  REQUEST_TIMEOUT_MS: 65_000,
  // Twice the time that a statement may wait for a lock.
  DB_STATEMENT_TIMEOUT_MS: 50_000,
  DB_ACQUIRE_TIMEOUT_MS: 10_000,
};

/** Rows of an export that takes several pages. */
export const several = 1200;
/** Time for a job to end on a machine that does something else. */
export const patienceMs = 60_000;

/** A job as the API represents it. */
export interface Job {
  id: string;
  kind: string;
  status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  attempts: number;
  progress: { done: number };
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
  result: { href: string; contentType: string; bytes: number } | null;
  error: string | null;
}

export const isOver = ({ status }: Job) => status !== 'queued' && status !== 'running';

/** A request for an export of the collection. */
export function exportOf(api: Api, request: Partial<Request> = {}, resource = api.resource): Request {
  return { method: 'POST', path: `${resource.path}/exports`, as: 'reader', ...request };
}

/** Asks for an export. @throws Mismatch unless it is accepted */
export async function startExport(api: Api, request?: Partial<Request>, resource?: Resource): Promise<Job> {
  const response = await api.send(exportOf(api, request, resource));
  expectStatus(response, 202);
  return response.json();
}

/** The job now. */
export async function readJob(api: Api, id: string): Promise<Job> {
  const response = await api.send({ path: `/v1/jobs/${id}`, as: 'reader', evidence: false });
  expectStatus(response, 200);
  return response.json();
}

/** Reads a job until that holds. @throws Mismatch with the last state when it does not in time */
export async function jobWhen(
  api: Api,
  id: string,
  expected: string,
  holds: (job: Job) => boolean,
  withinMs = patienceMs,
): Promise<Job> {
  let job: Job | undefined;
  const came = await until(async () => {
    job = await readJob(api, id);
    return holds(job);
  }, withinMs);
  expectThat(came, `${expected} within ${withinMs / 1000} s`, job);
  return job!;
}

/** Waits for the end of a job. @throws Mismatch unless it succeeds */
export async function expectSuccess(api: Api, { id }: Pick<Job, 'id'>): Promise<Job> {
  const job = await jobWhen(api, id, 'the end of the job', isOver);
  expectThat(job.status === 'succeeded', 'the status "succeeded"', job);
  return job;
}

export const untilRunning = (api: Api, { id }: Job) =>
  jobWhen(api, id, 'the status "running"', ({ status }) => status === 'running');

/** Sends a request for the result of a job. */
export function readResult(api: Api, { id }: Pick<Job, 'id'>, request: Partial<Request> = {}) {
  return api.send({ path: `/v1/jobs/${id}/result`, as: 'reader', ...request });
}

/** The result of an export that has succeeded. @throws Mismatch unless it has each row of the table once, in the order of ids */
export async function expectComplete(api: Api, job: Job, resource = api.resource): Promise<Response> {
  const response = await readResult(api, job);
  expectStatus(response, 200);
  const found = linesOf(response).map((line) => line.id);
  const rows = await api.fleet.sql.query(`select "id"::text as id from ${tableOf(resource)} order by "id"`);
  const wanted = rows.map(({ id }) => id);
  const wrong = wanted.findIndex((id, place) => found[place] !== id);
  expectThat(
    found.length === wanted.length && wrong < 0,
    `${wanted.length} items, each once, in the order of their ids`,
    `${found.length}, ${new Set(found).size} of them different; the first that differs is number ${wrong + 1}`,
  );
  return response;
}

/** Waits for the end of an export. @throws Mismatch unless it succeeds at the first attempt, with a complete result */
export async function expectOneAttempt(api: Api, job: Job): Promise<Job> {
  const done = await expectSuccess(api, job);
  expectThat(done.attempts === 1, 'one attempt', done);
  await expectComplete(api, done);
  return done;
}

/** The lines of a result, each with the members of an item. */
export function linesOf(response: Response): Record<string, unknown>[] {
  if (/^text\/csv\b/.test(response.headers['content-type'] ?? '')) {
    const [names = [], ...lines] = csvOf(response.text);
    return lines.map((values) => Object.fromEntries(names.map((name, place) => [name, values[place]])));
  }
  expectThat(
    response.text === '' || response.text.endsWith('\n'),
    'a line end at the end',
    response.text.slice(-100),
  );
  return response.text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        throw new Mismatch('a JSON object in each line', line.slice(0, 300));
      }
    });
}

/** The row of a job in the database. */
export async function rowOf(api: Api, { id }: Pick<Job, 'id'>): Promise<Record<string, unknown>> {
  const [row] = await api.fleet.sql.query('select * from "jobs" where "id" = $1', [id]);
  expectThat(row !== undefined, `the job ${id} in the table "jobs"`, 'no such row');
  return row;
}

/** Waits until the relay has given a job to the broker. */
export async function untilPublished(api: Api, { id }: Pick<Job, 'id'>): Promise<void> {
  const published = async () => {
    const [row] = await api.fleet.sql.query(
      'select "publish_at" > now() as published from "jobs" where "id" = $1',
      [id],
    );
    return row?.published === true;
  };
  expectThat(await until(published, 20_000), 'the relay to publish a new job within 20 s', 'none');
}

/** Makes the table of a collection larger while something is done. */
export async function withRows<Result>(
  api: Api,
  count: number,
  work: (item: Item) => Promise<Result>,
  changes: Record<string, unknown> = {},
): Promise<Result> {
  const item = await api.create(api.resource, changes);
  const remove = await api.fleet.sql.copies({ table: tableOf(api.resource), id: item.id, count });
  try {
    return await work(item);
  } finally {
    await remove();
  }
}

/** Holds every export of the collection up. @returns how to let them go on */
export function holdExports(api: Api): Promise<() => Promise<void>> {
  return api.fleet.sql.lock(tableOf(api.resource));
}

/** Does something while no export goes on; `release` lets them go on earlier. */
export async function whileHeld<Result>(
  api: Api,
  work: (release: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const free = await holdExports(api);
  let held = true;
  const release = async () => {
    if (held) await free();
    held = false;
  };
  try {
    return await work(release);
  } finally {
    await release();
  }
}

/** Does something while no worker does. */
export async function whileFrozen<Result>(
  api: Api,
  workers: readonly Process[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    await freeze(api, ...workers);
    return await work();
  } finally {
    for (const worker of workers) worker.signal('SIGCONT');
  }
}

/** Statements of the project, and transactions that it has begun, but for what waits for a lock of a row. */
const inTransaction = `select 1 from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
    and wait_event_type is distinct from 'Lock' and query not like 'lock table%'`;

/** Stops workers (SIGSTOP) at a moment when they have no transaction, whose locks would stop others as well. */
export async function freeze(api: Api, ...workers: readonly Process[]): Promise<void> {
  const isFree = async () => (await api.fleet.sql.query(inTransaction)).length === 0;
  for (let attempt = 0; attempt < 10; attempt += 1) {
    for (const worker of workers) worker.signal('SIGSTOP');
    if (await until(isFree, 1000)) return;
    for (const worker of workers) worker.signal('SIGCONT');
    await pause(50);
  }
  throw new Mismatch('a moment without a transaction of a worker', 'transactions that stay open');
}

/** Ends a worker, so that the other one is alone. */
export async function end(worker: Process): Promise<void> {
  worker.signal('SIGKILL');
  await worker.ended();
}

/** @throws Mismatch unless a job and its result stay as they are */
export async function expectUnchanged(api: Api, job: Job, forMs: number): Promise<void> {
  const { text } = await readResult(api, job);
  const end = performance.now() + forMs;
  do {
    await pause(250);
    expectEqual(await readJob(api, job.id), job, 'the job as it was:');
  } while (performance.now() < end);
  const again = await readResult(api, job);
  expectStatus(again, 200);
  expectThat(
    again.text === text,
    'the result as it was',
    `${again.text.length} characters for ${text.length}`,
  );
}

/** Retry-After and Location of an accepted job, and no cache. */
export function expectAccepted(response: Response): void {
  expectStatus(response, 202);
  expectHeader(response, 'Location', /\/v1\/jobs\/[0-9a-f-]{36}$/);
  expectHeader(response, 'Retry-After', /^[1-9]\d?$/);
  expectHeader(response, 'Cache-Control', /\bno-store\b/);
}
