import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectEqual, expectHeader, expectStatus, expectThat } from '../../http/expectations.js';
import { pause, until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { countItems } from '../shared/items.js';
import { watchMade } from '../shared/newest.js';

/** How late each answer of the database is: a write takes several, and must end before its own deadline. */
const lateMs = 150;
const attempts = 4;

export const killedWrites: Row[] = [
  {
    id: 'IK5',
    group: 'writes',
    title: 'an instance that is killed in the middle of a write',
    expected:
      'killed after the commit, the retry gets the replay; killed at any time, the write is done exactly once',
    source: 'draft-ietf-httpapi-idempotency-key-header-07, section 2.6',
    remedy: "Write the key's row in the same transaction as the effect.",
    evidence: ['stateless', 'resilient'],
    needs: ['started', 'database', 'resource', 'writing'],
    relies: ['IDEMPOTENCY_TTL_S'],
    quick: false,
    async run(api) {
      const ms = await killedAfterCommit(api);
      await killedOnTheWay(api, ms / 2);
    },
  },
];

/** @returns how long it took from the request to the commit, in milliseconds */
async function killedAfterCommit(api: Api): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const made = await watchMade(api);
    const request = await keyed(api);
    const before = await countItems(api);
    const committed = () => until(async () => (await countItems(api)) > before, 10_000);
    const { answer, seen, ms } = await kill(api, request, committed);
    expectThat(
      seen,
      'a write to be committed while the database answers late',
      `none in ${Math.round(ms)} ms`,
    );
    // The answer was faster than the signal: that was no test.
    if (answer && attempt < attempts) continue;
    expectThat(!answer, 'an instance that is killed before it answers', 'an answer');
    for (const { url } of api.fleet.instances) {
      const again = await api.send({ ...request, to: url });
      expectStatus(again, 201);
      expectHeader(again, 'Idempotent-Replayed', /^true$/);
    }
    expectEqual(
      (await made()).length,
      1,
      'items made by a write whose instance was killed after the commit:',
    );
    return ms;
  }
}

async function killedOnTheWay(api: Api, ms: number): Promise<void> {
  const made = await watchMade(api);
  const request = await keyed(api);
  await kill(api, request, () => pause(ms));
  let again: Response | undefined;
  // Until the database notices the lost connection, the key counts as in progress.
  await until(async () => {
    again = await api.send(request);
    return again.status !== 409;
  }, 5000);
  expectStatus(again!, 201);
  expectEqual((await made()).length, 1, 'items made by a write whose instance was killed halfway:');
}

/**
 * Sends a request to an instance while the database answers late, and kills the instance.
 * @param moment resolves when it is to be killed
 * @returns the answer, if there was one, what `moment` resolved to, and after how long; the instance runs again
 */
async function kill<Seen>(api: Api, request: Request, moment: () => Promise<Seen>) {
  const { database, instances } = api.fleet;
  const [victim] = instances;
  try {
    database.set({ kind: 'delay', ms: lateMs });
    const start = performance.now();
    const sent = api.trySend({ ...request, to: victim!.url });
    const seen = await moment();
    const ms = performance.now() - start;
    victim!.signal('SIGKILL');
    await victim!.ended();
    return { answer: await sent, seen, ms };
  } finally {
    database.set({ kind: 'pass' });
    await victim!.restart();
  }
}

async function keyed(api: Api): Promise<Request> {
  return {
    method: 'POST',
    path: api.resource.path,
    as: 'editor',
    json: await api.body(),
    headers: { 'idempotency-key': randomUUID() },
  };
}
