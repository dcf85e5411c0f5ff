import type { Api } from '../../cluster/api.js';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import {
  expectComplete,
  expectSuccess,
  expectUnchanged,
  type Job,
  jobSettings,
  readJob,
  readResult,
  startExport,
  untilPublished,
  untilRunning,
  whileFrozen,
  whileHeld,
} from './job.js';

/** Time in which a worker would have done what was cancelled. */
const stillMs = 2500;

export const cancelled: Row[] = [
  {
    id: 'JB11',
    group: 'jobs',
    title: 'jobs are cancelled',
    expected:
      '204, and the status cancelled without a result for a job that waits or runs, although a worker has it; the worker does the next one; a job that is over stays as it is',
    source: 'RFC 9110, section 9.3.5',
    remedy:
      'Set the status by DELETE, and let a worker write its end only where the status is still running and the attempt its own.',
    evidence: ['asynchronous'],
    needs: ['started', 'jobs', 'database', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      const workers = await api.fleet.workers();
      const waiting = await whileFrozen(api, workers, async () => {
        const job = await startExport(api);
        await untilPublished(api, job);
        await cancel(api, job);
        return job;
      });
      await expectCancelled(api, waiting, 0);

      const [running, next] = await whileHeld(api, async () => {
        const job = await startExport(api);
        await untilRunning(api, job);
        await cancel(api, job);
        return [job, await startExport(api)] as const;
      });
      const done = await expectSuccess(api, next);
      await expectComplete(api, done);
      await expectCancelled(api, running, 1);

      await cancel(api, done);
      await expectUnchanged(api, done, 0);
    },
  },
];

async function cancel(api: Api, { id }: Job): Promise<void> {
  expectStatus(await api.send({ method: 'DELETE', path: `/v1/jobs/${id}`, as: 'reader' }), 204);
}

/** @throws Mismatch unless it is and stays cancelled */
async function expectCancelled(api: Api, { id }: Job, attempts: number): Promise<void> {
  const end = performance.now() + stillMs;
  do {
    const job = await readJob(api, id);
    const { status, result } = job;
    expectEqual(
      { status, attempts: job.attempts, result },
      { status: 'cancelled', attempts, result: null },
      'for a job that was cancelled',
    );
    expectProblem(await readResult(api, { id }, { evidence: false }), 404, 'not-found');
  } while (performance.now() < end);
  const [row] = await api.fleet.sql.query('select "publish_at" from "jobs" where "id" = $1', [id]);
  expectThat(row?.publish_at === null, 'a job that is over never to be published again', row);
}
