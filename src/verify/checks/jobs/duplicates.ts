import type { Api, Process } from '../../cluster/api.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import {
  end,
  expectOneAttempt,
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
      await expectOneAttempt(api, await whileHeld(api, () => deliveredOften(api, workers)));
      // A worker that is alone and has as much to do as it may finds the others after it is done.
      await end(workers[1]!);
      const others = Number(api.fleet.settings.WORKER_CONCURRENCY) - 1;
      const job = await whileHeld(api, () => deliveredOften(api, workers, others));
      const done = await expectOneAttempt(api, job);
      // It stands behind all repetitions: they have been taken when it is done.
      await expectSuccess(api, await startExport(api));
      await expectUnchanged(api, done, takenMs);
    },
  },
];

/**
 * Starts an export whose id the broker has several times, and waits until workers have taken what they may.
 * @param others exports that stand before its repetitions
 */
async function deliveredOften(api: Api, workers: readonly Process[], others = 0): Promise<Job> {
  const job = await whileFrozen(api, workers, async () => {
    const started = await startExport(api);
    await untilPublished(api, started);
    for (let other = 0; other < others; other += 1) await untilPublished(api, await startExport(api));
    for (let sent = 0; sent < duplicates; sent += 1) {
      await api.fleet.sql.query('update "jobs" set "publish_at" = now() where "id" = $1', [started.id]);
      await untilPublished(api, started);
    }
    return started;
  });
  await untilRunning(api, job);
  await pause(takenMs);
  return job;
}
