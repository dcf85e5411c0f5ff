import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import { expectEqual, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { expectComplete, expectSuccess, isOver, type Job, jobSettings, jobWhen, startExport } from './job.js';

/** An error that names the inside: statements, hosts, paths of files, lines of a stack. */
const inside = /\b(select|update|insert)\b|127\.0\.0\.1|localhost|\/\w+\/\w+\.\w+|\n\s+at |Traceback/i;
/** What jitter leaves of the pause before a retry. */
const leastOfBackoff = 0.5;

export const poison: Row[] = [
  {
    id: 'JB6',
    group: 'jobs',
    title: 'a job that fails each time',
    expected:
      'attempts up to JOB_MAX_ATTEMPTS, each later than the one before, then the status failed for good with an error that says nothing of the inside; other jobs are done meanwhile',
    source:
      'Hohpe and Woolf, "Enterprise Integration Patterns" (2003), "Dead Letter Channel"; AWS Architecture Blog, "Exponential Backoff and Jitter" (2015)',
    remedy:
      'Count attempts where a job is taken, let failed ones wait longer each time, and acknowledge the message in every case.',
    evidence: ['resilient'],
    needs: ['started', 'jobs', 'database', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      await api.fleet.workers();
      const { settings } = api.fleet;
      const model = await expectSuccess(api, await startExport(api));
      const most = Number(settings.JOB_MAX_ATTEMPTS);
      const id = await insertLike(api, model, { kind: 'verify.unknown', status: 'queued', attempts: 0 });
      const others = [await startExport(api), await startExport(api)];
      const attemptsSeen = await timesOfAttempts(api, id, most);
      const failed = await jobWhen(api, id, 'the status "failed"', isOver);
      const { status, attempts, result } = failed;
      expectEqual(
        { status, attempts, result },
        { status: 'failed', attempts: most, result: null },
        'a dead letter',
      );
      for (const [place, { to }] of attemptsSeen.slice(1).entries()) {
        const least = Number(settings.JOB_BACKOFF_MS) * 2 ** place * leastOfBackoff;
        const waited = to - attemptsSeen[place]!.from;
        expectThat(
          waited >= least,
          `attempt ${place + 2} after ${least} ms at least`,
          `${Math.round(waited)} ms`,
        );
      }
      expectError(failed);
      await expectNotPublished(api, id);
      for (const other of others) await expectComplete(api, await expectSuccess(api, other));

      // As when a worker has ended in each attempt.
      const deadly = await insertLike(api, model, { status: 'running', attempts: most });
      const dead = await jobWhen(api, deadly, 'the status "failed"', isOver);
      expectThat(dead.status === 'failed', 'the status "failed" after the last attempt', dead);
      expectError(dead);
    },
  },
];

/** Puts a job into the table that is due, like another one but for some columns. @returns its id */
async function insertLike(api: Api, { id }: Job, changes: Record<string, unknown>): Promise<string> {
  const made = randomUUID();
  const columns = { id: made, result: null, error: null, done: 0, ...changes };
  await api.fleet.sql.query(
    `insert into "jobs" select (jsonb_populate_record(model, $2::jsonb || jsonb_build_object(
        'publish_at', now() - interval '1 second', 'created_at', now(), 'updated_at', now()))).*
      from "jobs" as model where "id" = $1`,
    [id, JSON.stringify(columns)],
  );
  return made;
}

/** Between which times each attempt began, in milliseconds: a machine may be late with the look at it. */
async function timesOfAttempts(api: Api, id: string, count: number): Promise<{ from: number; to: number }[]> {
  const times: { from: number; to: number }[] = [];
  let from = performance.now();
  await until(async () => {
    const asked = performance.now();
    const [row] = await api.fleet.sql.query('select "attempts" from "jobs" where "id" = $1', [id]);
    while (times.length < Number(row!.attempts)) times.push({ from, to: performance.now() });
    from = asked;
    return times.length >= count;
  }, 60_000);
  return times;
}

async function expectNotPublished(api: Api, id: string): Promise<void> {
  const [row] = await api.fleet.sql.query('select "publish_at" from "jobs" where "id" = $1', [id]);
  expectThat(row?.publish_at === null, 'a dead letter never to be published again', row);
}

function expectError({ error }: Job): void {
  expectThat(typeof error === 'string' && error !== '', 'an error that says why', error);
  expectThat(!inside.test(error), 'an error that says nothing of the inside', error);
}
