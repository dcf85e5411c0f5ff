import type { Api } from '../../cluster/api.js';
import { expectStatus, expectThat } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import {
  expectAccepted,
  expectComplete,
  expectSuccess,
  exportOf,
  type Job,
  jobSettings,
  startExport,
  untilPublished,
  whileFrozen,
} from './job.js';

const group = 'jobs';
const source = 'Richardson, "Microservices Patterns" (2018), section 3.3, "Transactional outbox"';
const needs: Row['needs'] = ['started', 'jobs', 'database', 'resource', 'writing'];
const requests = 6;
/** The most that a request takes on a busy machine without waiting for a broker. */
const promptMs = 2000;
/** How long the broker is away, and the most lines that a process may write about it. */
const [awayMs, mostLines] = [4000, 20];

export const broker: Row[] = [
  {
    id: 'JB3',
    group,
    title: 'the broker is down, hangs, or loses all that it holds',
    expected: `every request is accepted within ${promptMs / 1000} s and instances stay ready; all jobs are done when it is back, and those that it lost are sent again`,
    source,
    remedy:
      'Keep jobs in the database, publish them after the commit with a timeout, and publish again what no worker has taken.',
    evidence: ['resilient', 'asynchronous'],
    needs,
    quick: false,
    settings: jobSettings,
    async run(api) {
      const workers = await api.fleet.workers();
      for (const kind of ['refuse', 'hang'] as const) await expectAllDoneAfter(api, kind);
      const lost = await whileFrozen(api, workers, async () => {
        const job = await startExport(api);
        await untilPublished(api, job);
        await api.fleet.emptyQueue();
        return job;
      });
      await expectComplete(api, await expectSuccess(api, lost));
    },
  },
  {
    id: 'JB4',
    group,
    title: 'the instance is killed before it has published a job',
    expected: 'the job is done: another process publishes it',
    source,
    remedy: 'Write the job in the transaction of the request, and let any process publish what is due.',
    evidence: ['resilient', 'stateless'],
    needs,
    quick: false,
    settings: jobSettings,
    async run(api) {
      await api.fleet.workers();
      const [instance] = api.fleet.instances;
      // Refused, as bytes that hang would still arrive after the end of the process.
      api.fleet.queue.set({ kind: 'refuse' });
      const accepted = await api.send(exportOf(api, { to: instance!.url }));
      expectAccepted(accepted);
      instance!.signal('SIGKILL');
      await instance!.ended();
      api.fleet.queue.set({ kind: 'pass' });
      await expectComplete(api, await expectSuccess(api, accepted.json()));
      await instance!.restart();
    },
  },
];

async function expectAllDoneAfter(api: Api, kind: 'refuse' | 'hang'): Promise<void> {
  const { instances, queue } = api.fleet;
  const written = instances.map((instance) => instance.lines().length);
  const jobs: Job[] = [];
  queue.set({ kind });
  try {
    const start = performance.now();
    for (let sent = 0; sent < requests; sent += 1) {
      const to = instances[sent % instances.length]!.url;
      const accepted = await api.send(exportOf(api, { to }));
      expectAccepted(accepted);
      expectThat(
        accepted.ms < promptMs,
        `an answer within ${promptMs / 1000} s while the broker is away (${kind})`,
        `${Math.round(accepted.ms)} ms`,
      );
      jobs.push(accepted.json());
    }
    await pause(Math.max(0, awayMs - (performance.now() - start)));
    for (const [place, instance] of instances.entries()) {
      expectStatus(await api.send({ path: '/readyz', to: instance.url }), 200);
      const lines = instance.lines().slice(written[place]);
      const others = lines.filter((line) => !line.includes('"durationMs"'));
      expectThat(
        others.length <= mostLines,
        `at most ${mostLines} lines about a broker that is away (${kind})`,
        `${others.length}, such as ${others.at(-1)}`,
      );
    }
  } finally {
    queue.set({ kind: 'pass' });
  }
  for (const job of jobs) await expectComplete(api, await expectSuccess(api, job));
}
