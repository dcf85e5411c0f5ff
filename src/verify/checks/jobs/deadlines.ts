import { expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { expectComplete, expectSuccess, jobSettings, jobWhen, startExport, whileHeld } from './job.js';

/** How late the end may be seen; before the time that a statement of the attempt may take. */
const lateMs = 8000;

export const jobDeadlines: Row[] = [
  {
    id: 'JB12',
    group: 'jobs',
    title: 'a job takes longer than its lease, and than its deadline',
    expected:
      'one attempt as long as the worker renews the lease; at JOB_TIMEOUT_S it has failed and is tried again',
    source: 'Google SRE Book, chapter 22, "Latency and Deadlines"',
    remedy: 'Renew the lease several times in its length, and end an attempt at its deadline.',
    evidence: ['resilient', 'asynchronous'],
    needs: ['started', 'jobs', 'database', 'resource', 'writing'],
    quick: false,
    settings: { ...jobSettings, JOB_LEASE_S: 8, JOB_TIMEOUT_S: 16 },
    async run(api) {
      await api.fleet.workers();
      const seconds = Number(api.fleet.settings.JOB_TIMEOUT_S);
      const job = await whileHeld(api, async () => {
        const start = performance.now();
        const started = await startExport(api);
        await jobWhen(
          api,
          started.id,
          `the end of the first attempt after ${seconds} s`,
          ({ status, attempts }) => attempts > 1 || (attempts === 1 && status === 'queued'),
          seconds * 1000 + lateMs,
        );
        const ms = performance.now() - start;
        expectThat(ms >= seconds * 1000 - 500, `one attempt for ${seconds} s`, `${Math.round(ms)} ms`);
        return started;
      });
      const done = await expectSuccess(api, job);
      expectThat(done.attempts === 2, 'two attempts', done);
      await expectComplete(api, done);
    },
  },
];
