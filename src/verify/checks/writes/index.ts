import { randomUUID } from 'node:crypto';
import type { Api, Instance } from '../../cluster/api.js';
import type { Request, Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectRetryAfter,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { watchMade } from '../shared/newest.js';
import {
  burst,
  type Caller,
  newCaller,
  quotaOf,
  smallLimits,
  whileShared,
  write,
} from '../shared/small-limits.js';
import { expiredKeys } from './expired-keys.js';
import { expiryIndexes } from './expiry-indexes.js';
import { instants } from './instants.js';
import { killedWrites } from './killed-writes.js';
import { unusableKeys } from './unusable-keys.js';

const group = 'writes';
const draft = 'draft-ietf-httpapi-idempotency-key-header-07';

export const writes: Row[] = [
  {
    id: 'IK1',
    group,
    title: 'a repeated Idempotency-Key',
    expected:
      'the stored status and body with Idempotent-Replayed: true, on any instance, and nothing done again',
    source: `${draft}, section 2.6`,
    remedy:
      'Store the answer under the key in the shared database, and look it up before the write is carried out.',
    evidence: ['stateless', 'balanced'],
    needs: ['resource', 'writing', 'idempotency'],
    quick: true,
    async run(api) {
      const made = await watchMade(api);
      const request = keyed(api, await api.body());
      const first = await api.send(request);
      expectStatus(first, 201);
      expectFresh(first);
      const { id } = first.json();
      // Two repetitions: a balancer sends them to different instances.
      for (const _ of [1, 2]) {
        const again = await api.send(request);
        expectReplayOf(first, again);
        for (const name of ['location', 'etag'])
          expectEqual(
            again.headers[name],
            first.headers[name],
            `${name} of the replay, as of the first answer,`,
          );
      }
      expectEqual(await made(), [id], 'items made:');
      if (!api.resource.methods.item.includes('DELETE')) return;
      const removal: Request = {
        method: 'DELETE',
        path: api.resource.item(id),
        as: 'admin',
        headers: { 'idempotency-key': randomUUID() },
      };
      const removed = await api.send(removal);
      expectStatus(removed, 204);
      expectFresh(removed);
      expectReplayOf(removed, await api.send(removal));
    },
  },
  {
    id: 'IK2',
    group,
    title: 'a key that comes with another payload',
    expected: '422 idempotency-key-reused and nothing done; the first answer is still replayed',
    source: `${draft}, sections 2.4 and 2.7`,
    remedy: 'Store a hash of method, path and body with the key, and compare it before replaying.',
    evidence: [],
    needs: ['resource', 'writing', 'idempotency'],
    quick: true,
    async run(api) {
      const request = keyed(api, await api.body());
      const other = await api.body();
      const first = await api.send(request);
      expectStatus(first, 201);
      const made = await watchMade(api);
      for (const _ of [1, 2])
        expectProblem(await api.send({ ...request, json: other }), 422, 'idempotency-key-reused');
      expectEqual(await made(), [], 'items made by the other payload:');
      expectReplayOf(first, await api.send(request));
    },
  },
  {
    id: 'IK3',
    group,
    title: 'the same request many times at once',
    expected: 'it is carried out once; the others get 409 with Retry-After, or the replay',
    source: `${draft}, sections 2.6 and 2.7`,
    remedy:
      'Take a lock on the key in the database before the write, and refuse a request that does not get it.',
    evidence: ['balanced'],
    needs: ['started', 'resource', 'writing'],
    relies: ['IDEMPOTENCY_TTL_S'],
    quick: true,
    async run(api) {
      const { instances } = api.fleet;
      // More than once, as it depends on who comes first.
      for (const _ of [1, 2]) {
        const made = await watchMade(api);
        const request = keyed(api, await api.body());
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, place) =>
            api.send({ ...request, to: instances[place % instances.length]!.url }),
          ),
        );
        for (const answer of answers) {
          if (answer.status === 201) continue;
          expectProblem(answer, 409, 'idempotency-in-progress');
          expectRetryAfter(answer);
        }
        const done = answers.filter(({ status }) => status === 201);
        const carriedOut = done.filter(({ headers }) => headers['idempotent-replayed'] === undefined);
        expectEqual(carriedOut.length, 1, 'answers 201 that are no replay:');
        for (const replay of done) if (replay !== carriedOut[0]) expectReplayOf(carriedOut[0]!, replay);
        expectEqual(await made(), [carriedOut[0]!.json().id], 'items made:');
      }
    },
  },
  {
    id: 'IK4',
    group,
    title: 'a first attempt that was refused',
    expected: 'the key is free after a 422, a 401 and a 429: the corrected request is carried out',
    source: `${draft}, section 2.6`,
    remedy:
      'Claim the key after all checks, in the transaction of the write, so that a refusal leaves nothing behind.',
    evidence: [],
    needs: ['started', 'resource', 'writing'],
    relies: ['RATE_LIMIT_WRITE', 'RATE_LIMIT_WINDOW_S', 'TRUST_PROXY_HOPS'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      const [instance] = api.fleet.instances;
      const caller = newCaller(api);
      const attempt = (key: string, json: unknown, who: Caller = caller) =>
        create(api, instance!, json, { ...who, 'idempotency-key': key });
      const invalid = randomUUID();
      const corrected = await api.body();
      expectProblem(await attempt(invalid, { ...corrected, unknownProperty: 1 }), 422, 'validation-failed');
      expectCarriedOut(await attempt(invalid, corrected), 422);

      if (caller.authorization) {
        const unknown = randomUUID();
        const body = await api.body();
        const { authorization: _, ...anonymous } = caller;
        expectProblem(await attempt(unknown, body, anonymous), 401, 'unauthenticated');
        if (api.signsTokens) {
          const expired = api.forge({ claims: { exp: Math.floor(Date.now() / 1000) - 3600 } });
          const forged = { ...caller, authorization: `Bearer ${expired}` };
          expectProblem(await attempt(unknown, body, forged), 401, 'unauthenticated');
        }
        expectCarriedOut(await attempt(unknown, body), 401);
      }

      await whileShared(api, () => expectFreeAfterLimit(api));
    },
  },
  ...unusableKeys,
  ...killedWrites,
  ...expiredKeys,
  ...expiryIndexes,
  ...instants,
  {
    id: 'IK6',
    group,
    title: 'the key of another principal',
    expected: 'it is another key: the request is carried out',
    source: `${draft}, section 2.2; OWASP API1:2023`,
    remedy: 'Make the principal a part of the stored key.',
    evidence: [],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const made = await watchMade(api);
      const request = keyed(api, await api.body());
      const first = await api.send(request);
      expectStatus(first, 201);
      const ids = [first.json().id];
      // Another payload each time: a field can be unique, and the same key with another payload is refused to its owner.
      for (const json of [await api.body(), await api.body()]) {
        const headers = { ...request.headers, ...api.authorization('editor', randomUUID()) };
        const response = await api.send({ ...request, json, headers });
        expectStatus(response, 201);
        expectFresh(response);
        ids.push(response.json().id);
      }
      expectEqual((await made()).sort(), ids.sort(), 'items made:');
    },
  },
];

function create(api: Api, { url }: Instance, json: unknown, headers: Caller): Promise<Response> {
  return api.send({ method: 'POST', path: api.resource.path, headers, json, to: url });
}

async function expectFreeAfterLimit(api: Api): Promise<void> {
  const [instance] = api.fleet.instances;
  const body = await api.body();
  const caller = newCaller(api);
  await burst(api, quotaOf(api, 'WRITE'), [instance!], (to) => write(api, caller, to));
  const headers = { ...caller, 'idempotency-key': randomUUID() };
  const refused = await create(api, instance!, body, headers);
  expectProblem(refused, 429, 'rate-limited');
  await pause(expectRetryAfter(refused) * 1000);
  expectCarriedOut(await create(api, instance!, body, headers), 429);
}

/** A request that makes an item, with a key. */
function keyed(api: Api, json: unknown): Request {
  return {
    method: 'POST',
    path: api.resource.path,
    as: 'editor',
    json,
    headers: { 'idempotency-key': randomUUID() },
  };
}

function expectFresh({ headers }: Response): void {
  expectThat(
    headers['idempotent-replayed'] === undefined,
    'no Idempotent-Replayed on an answer that is none',
    `Idempotent-Replayed: ${headers['idempotent-replayed']}`,
  );
}

function expectCarriedOut(response: Response, after: number): void {
  expectThat(
    response.status === 201,
    `status 201 with the same key after ${after}`,
    `status ${response.status}: ${response.text.slice(0, 300)}`,
  );
  expectFresh(response);
}

function expectReplayOf(first: Response, again: Response): void {
  expectStatus(again, first.status);
  expectHeader(again, 'Idempotent-Replayed', /^true$/);
  expectEqual(again.text, first.text, 'the body of the first answer:');
}
