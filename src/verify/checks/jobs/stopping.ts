import type { Api, Process } from '../../cluster/api.js';
import { expectEqual, expectThat } from '../../http/expectations.js';
import { pause, until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import {
  end,
  expectOneAttempt,
  type Job,
  jobSettings,
  readJob,
  startExport,
  untilRunning,
  whileHeld,
} from './job.js';

/** How late an end may be on a machine that does something else. */
const slackMs = 3000;
const takesNothingMs = 1000;
const unreadyMs = 4000;

export const stoppedWorkers: Row[] = [
  {
    id: 'JB7',
    group: 'jobs',
    title: 'SIGTERM stops a worker',
    expected:
      '/readyz 503 and no new job at once; a job in progress is finished, or given back with its attempt at SHUTDOWN_TIMEOUT_MS; exit code 0',
    source: 'The Twelve-Factor App, IX; Kubernetes documentation, "Pod Lifecycle: Termination of Pods"',
    remedy:
      'On SIGTERM stop taking messages, wait for the jobs in progress, then give them back: due at once, and without the attempt.',
    evidence: ['resilient', 'stateless'],
    needs: ['started', 'jobs', 'database', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      const [one, other] = (await api.fleet.workers()) as [Process, Process];
      const last = Number(api.fleet.settings.SHUTDOWN_TIMEOUT_MS);
      await end(other);
      const [running, waiting] = await whileHeld(api, async (release) => {
        const started = await terminatedWhileRunning(api, one);
        const later = await startExport(api);
        await pause(takesNothingMs);
        expectEqual((await readJob(api, later.id)).status, 'queued', 'the status of a job after SIGTERM:');
        await release();
        await expectExit(one, last);
        return [started, later] as const;
      });
      await expectOneAttempt(api, running);
      await other.restart();
      await expectOneAttempt(api, waiting);

      const given = await whileHeld(api, async () => {
        const started = await terminatedWhileRunning(api, other);
        await expectExit(other, last);
        const { status, attempts } = await readJob(api, started.id);
        expectEqual({ status, attempts }, { status: 'queued', attempts: 0 }, 'a job that was given back');
        return started;
      });
      await one.restart();
      await expectOneAttempt(api, given);
    },
  },
];

/** Starts a job, and ends its worker (SIGTERM) as soon as it runs. @throws Mismatch unless the worker wants no more */
async function terminatedWhileRunning(api: Api, worker: Process): Promise<Job> {
  const job = await startExport(api);
  await untilRunning(api, job);
  worker.signal('SIGTERM');
  const refused = await until(
    async () => (await api.trySend({ path: '/readyz', to: worker.managementUrl }))?.status === 503,
    unreadyMs,
  );
  expectThat(
    refused,
    '/readyz of the worker to answer 503 after SIGTERM',
    `another answer for ${unreadyMs / 1000} s`,
  );
  return job;
}

async function expectExit(worker: Process, withinMs: number): Promise<void> {
  const ending = await Promise.race([worker.ended(), pause(withinMs + slackMs)]);
  expectThat(ending !== undefined, `the end of the worker within ${withinMs} ms`, 'it still runs');
  expectThat(ending.code === 0, 'exit code 0', `code ${ending.code}, signal ${ending.signal}`);
}
