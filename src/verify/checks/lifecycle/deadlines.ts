import type { Api, Instance } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectProblem,
  expectRetryAfter,
  expectStatus,
  expectThat,
  summary,
} from '../../http/expectations.js';
import { pause, until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { absentItem, countItems } from '../shared/items.js';
import { tableOf } from '../shared/tables.js';
import { shortTimes } from './short-times.js';

const group = 'lifecycle';
/** How late an answer may be, by the contract, and on a machine that does something else. */
const lateMs = 250;
const slackMs = 250;
const attempts = 3;
const probeEveryMs = 25;

export const deadlines: Row[] = [
  {
    id: 'TO1',
    group,
    title: 'a query slower than the deadline',
    expected:
      '503 deadline-exceeded within 250 ms of REQUEST_TIMEOUT_MS (plus the time of a probe), for reads and writes; the database runs the statement no longer 500 ms later',
    source: 'OWASP API4:2023; RFC 9110, section 15.6.4',
    remedy:
      'Give every request a deadline, and have the database cancel the statements of a request that has ended.',
    evidence: ['resilient', 'pooled'],
    needs: ['started', 'database', 'resource', 'writing'],
    relies: ['REQUEST_TIMEOUT_MS'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      const deadline = Number(api.fleet.settings.REQUEST_TIMEOUT_MS);
      const bodies = await Promise.all(Array.from({ length: attempts }, () => api.body()));
      const before = await countItems(api);
      await openConnections(api, 3);
      await whileLocked(api, async () => {
        let late = Number.POSITIVE_INFINITY;
        // The fastest of a few: a pause of the machine is not the API's.
        for (let attempt = 0; attempt < attempts && late > lateMs; attempt += 1) {
          const to = api.fleet.instances[0]!.url;
          const { result: answers, slowest } = await whileProbed(api, to, () =>
            Promise.all([
              api.send({ path: absentItem(api), as: 'reader', to }),
              api.send({ path: `${api.resource.path}?limit=1`, as: 'reader', to }),
              api.send({ method: 'POST', path: api.resource.path, as: 'editor', json: bodies[attempt], to }),
            ]),
          );
          for (const answer of answers) {
            expectProblem(answer, 503, 'deadline-exceeded');
            expectThat(
              answer.ms > deadline * 0.8,
              `${deadline} ms to be waited`,
              `${Math.round(answer.ms)} ms`,
            );
          }
          // As late as a probe at that time is the machine, not the deadline.
          late = Math.max(...answers.map(({ ms }) => ms)) - deadline - slowest;
          await expectNothingRuns(api, 500 + slowest);
        }
        expectThat(
          late <= lateMs,
          `answers within ${lateMs} ms (plus the time of a probe) of the deadline of ${deadline} ms`,
          `${Math.round(late)} ms later`,
        );
      });
      expectEqual(await countItems(api), before, 'the number of items, after writes that were not done,');
    },
  },
  {
    id: 'TO2',
    group,
    title: 'a client that hangs up',
    expected: 'its statement is cancelled within a second, before its deadline',
    source: 'OWASP API4:2023',
    remedy: 'Cancel the pending work of a request when its connection closes.',
    evidence: ['resilient', 'asynchronous'],
    needs: ['started', 'database', 'resource'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      await whileLocked(api, async () => {
        for (const path of [absentItem(api), `${api.resource.path}?limit=1`]) {
          const abort = new AbortController();
          const { url } = api.fleet.instances[0]!;
          const answer = api.trySend({ path, as: 'reader', to: url, signal: abort.signal });
          const began = await until(async () => (await api.fleet.sql.running()) > 0, 1000);
          abort.abort();
          expectThat(began, 'a statement for the read', 'none');
          await answer;
          await expectNothingRuns(api, 1000);
        }
      });
    },
  },
  {
    id: 'TO3',
    group,
    title: 'no connection to the database is free',
    expected:
      '503 dependency-unavailable with Retry-After after DB_ACQUIRE_TIMEOUT_MS; never more connections than DB_POOL_MAX; service again when there are some',
    source: 'OWASP API4:2023; RFC 9110, section 10.2.3',
    remedy: 'Bound the pool, and bound the time that a request waits for a connection.',
    evidence: ['pooled', 'resilient'],
    needs: ['started', 'database', 'resource'],
    relies: ['DB_POOL_MAX', 'DB_ACQUIRE_TIMEOUT_MS'],
    quick: false,
    settings: shortTimes,
    async run(api) {
      const { settings, database } = api.fleet;
      const [size, wait] = [Number(settings.DB_POOL_MAX), Number(settings.DB_ACQUIRE_TIMEOUT_MS)];
      const instance = api.fleet.instances[0]!;
      const read = () => api.send({ path: absentItem(api), as: 'reader', to: instance.url });
      database.resetCounts();
      await whileLocked(api, async () => {
        const holders = Array.from({ length: size }, read);
        expectThat(
          await until(async () => (await api.fleet.sql.running()) >= size, wait),
          `${size} reads to be sent to the database at once`,
          await api.fleet.sql.running(),
        );
        const refused = await Promise.all([read(), read(), read()]);
        for (const answer of refused) {
          expectProblem(answer, 503, 'dependency-unavailable');
          if (api.contract.isOwn || answer.headers['retry-after'] !== undefined) expectRetryAfter(answer);
          // The type shows that it was not the deadline; a slow machine may be late.
          expectThat(answer.ms > wait * 0.8, `${wait} ms to be waited`, `${Math.round(answer.ms)} ms`);
        }
        const fastest = Math.min(...refused.map(({ ms }) => ms));
        expectThat(
          fastest < wait + lateMs + 2 * slackMs,
          `the answer after ${wait} ms`,
          `${Math.round(fastest)} ms`,
        );
        // Not later: a statement may be cancelled over a separate connection.
        const most = size * api.fleet.instances.length;
        expectThat(
          database.peakConnections <= most,
          `at most ${size} connections for each instance`,
          database.peakConnections,
        );
        await Promise.all(holders);
      });
      await expectService(api, instance);
    },
  },
];

/** Runs it under an exclusive lock on the table of the resource. */
export async function whileLocked(api: Api, work: () => Promise<void>): Promise<void> {
  const release = await api.fleet.sql.lock(tableOf(api.resource));
  try {
    await work();
  } finally {
    await release();
  }
}

/** So many reads at once: opening a connection can take longer than a request may wait for one. */
async function openConnections(api: Api, count: number): Promise<void> {
  const { database, instances } = api.fleet;
  const to = instances[0]!.url;
  database.set({ kind: 'delay', ms: 100 });
  try {
    const read = () => api.trySend({ path: `${api.resource.path}?limit=1`, as: 'reader', to });
    for (let round = 0; round < 2; round += 1) await Promise.all(Array.from({ length: count }, read));
  } finally {
    database.set({ kind: 'pass' });
  }
}

/** @returns the result of the work, and the milliseconds of the slowest probe meanwhile */
async function whileProbed<Result>(api: Api, to: string, work: () => Promise<Result>) {
  let slowest = 0;
  let over = false;
  const probing = (async () => {
    while (!over) {
      slowest = Math.max(slowest, (await api.send({ path: '/livez', to })).ms);
      await pause(probeEveryMs);
    }
  })();
  const result = await work().finally(() => {
    over = true;
  });
  await probing;
  return { result, slowest };
}

async function expectNothingRuns(api: Api, withinMs: number): Promise<void> {
  const vanished = await until(async () => (await api.fleet.sql.running()) === 0, withinMs + slackMs);
  expectThat(
    vanished,
    `no such statement in the database ${Math.round(withinMs)} ms later`,
    `${await api.fleet.sql.running()} still there`,
  );
}

async function expectService(api: Api, { url }: Instance): Promise<void> {
  let last: Response | undefined;
  const served = await until(async () => {
    last = await api.send({ path: `${api.resource.path}?limit=1`, as: 'reader', to: url });
    return last.status === 200;
  }, 5000);
  expectThat(served, 'service again within 5 s', summary(last!));
  expectStatus(await api.send({ path: absentItem(api), as: 'reader', to: url }), 404);
}
