import type { Api } from '../../cluster/api.js';
import { expectThat } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import {
  expectComplete,
  expectSuccess,
  expectUnchanged,
  type Job,
  jobSettings,
  startExport,
  untilPublished,
  untilRunning,
  whileFrozen,
  whileHeld,
} from './job.js';

const duplicates = 3;
/** Time in which workers have taken all that the broker has. */
const takenMs = 1500;

export const duplicateDeliveries: Row[] = [
  {
    id: 'JB5',
    group: 'jobs',
    title: 'a job is delivered several times',
    expected: 'one attempt and one result, whether the others come before, during or after it',
    source: 'Hohpe and Woolf, "Enterprise Integration Patterns" (2003), "Idempotent Receiver"',
    remedy:
      'Take a job with one UPDATE that says from which status, and drop the message when it finds no row.',
    evidence: ['resilient'],
    needs: ['started', 'jobs', 'database', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      const workers = await api.fleet.workers();
      const job = await whileHeld(api, async () => {
        const started = await whileFrozen(workers, async () => {
          const made = await startExport(api);
          await untilPublished(api, made);
          for (let sent = 0; sent < duplicates; sent += 1) {
            await publishAgain(api, made);
            await untilPublished(api, made);
          }
          return made;
        });
        await untilRunning(api, started);
        await pause(takenMs);
        return started;
      });
      const done = await expectSuccess(api, job);
      expectThat(done.attempts === 1, 'one attempt', done);
      await expectComplete(api, done);
      await publishAgain(api, done);
      await expectUnchanged(api, done, takenMs);
    },
  },
];

/** Makes the relay publish a job once more. */
async function publishAgain(api: Api, job: Job): Promise<void> {
  await api.fleet.query('update "jobs" set "publish_at" = now() where "id" = $1', [job.id]);
}
