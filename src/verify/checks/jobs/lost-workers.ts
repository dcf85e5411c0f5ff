import type { Process } from '../../cluster/api.js';
import { expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import {
  end,
  expectComplete,
  expectSuccess,
  expectUnchanged,
  freeze,
  jobSettings,
  several,
  startExport,
  untilRunning,
  whileHeld,
  withRows,
} from './job.js';

/** Time in which a worker that goes on would write its end. */
const goesOnMs = 4000;

export const lostWorkers: Row[] = [
  {
    id: 'JB2',
    group: 'jobs',
    title: 'a worker is killed, or stands still, in the middle of a job',
    expected:
      'another one takes the job when the lease is over and does it, with one complete result; a worker that goes on after that changes nothing',
    source:
      'Hohpe and Woolf, "Enterprise Integration Patterns" (2003), "Idempotent Receiver"; Kleppmann, "Designing Data-Intensive Applications" (2017), chapter 8, "Fencing tokens"',
    remedy:
      'Give a job to a worker for a time that the worker renews, count attempts, and write the end only where the attempt is still its own.',
    evidence: ['resilient', 'stateless'],
    needs: ['started', 'jobs', 'database', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      const [one, other] = (await api.fleet.workers()) as [Process, Process];
      await withRows(api, several, async () => {
        for (const lose of [end, (worker: Process) => freeze(api, worker)]) {
          await end(other);
          const job = await whileHeld(api, async () => {
            const started = await startExport(api);
            await untilRunning(api, started);
            await lose(one);
            return started;
          });
          await other.restart();
          const done = await expectSuccess(api, job);
          expectThat(done.attempts === 2, 'two attempts', done);
          await expectComplete(api, done);
          one.signal('SIGCONT');
          await one.restart();
          await expectUnchanged(api, done, goesOnMs);
        }
      });
    },
  },
];
