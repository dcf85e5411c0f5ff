import { afterAll, beforeAll, expect, test } from 'vitest';
import { inBackground } from '../../src/background.js';
import { time } from '../../src/database/dialect.js';
import { idempotencyKeys, idempotent } from '../../src/database/idempotency.js';
import { purgeAll } from '../../src/database/purge.js';
import { db } from '../../src/database/queries.js';
import { type Api, type Surroundings, startInstance, surroundings } from '../support/api.js';

let place: Surroundings;
let api: Api;

beforeAll(async () => {
  place = await surroundings();
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

test('expired idempotency keys are deleted until none is left, and no others', async () => {
  const { database } = api.parts;
  const count = db.selectFrom('idempotencyKeys').select((eb) => eb.fn.countAll<number>().as('count'));
  const counted = () => inBackground((context) => database.read(count, context));
  await inBackground((context) =>
    database.transaction(context, async ({ query }) => {
      const now = time(new Date().toISOString());
      const values = {
        principal: 'p',
        fingerprint: 'f',
        status: 200,
        headers: '{}',
        body: null,
        expiresAt: now,
      };
      const keys = Array.from({ length: 1000 }, (_, place) => place);
      for (let first = 0; first < 20_000; first += keys.length) {
        const rows = keys.map((place) => ({ ...values, key: String(first + place) }));
        await query(db.insertInto('idempotencyKeys').values(rows));
      }
      const expiresAt = time(new Date(Date.now() + 3_600_000).toISOString());
      const valid = {
        principal: 'p',
        key: 'valid',
        fingerprint: 'f',
        status: 200,
        headers: '{}',
        body: null,
      };
      await query(db.insertInto('idempotencyKeys').values({ ...valid, expiresAt }));
    }),
  );
  expect(await counted()).toEqual([{ count: 20_001 }]);
  // Of several at once each leaves to another what that one has begun.
  await Promise.all([1, 2, 3].map(() => purgeAll(database, idempotencyKeys)));
  expect(await counted()).toEqual([{ count: 1 }]);
}, 120_000);

test('a key that has expired but is not deleted yet is used anew', async () => {
  const { database } = api.parts;
  const write = (status: number, ttlSeconds: number) =>
    inBackground((context) =>
      database.transaction(context, (transaction) => {
        const identity = { principal: 'p', key: 'expired', fingerprint: 'f', ttlSeconds };
        return idempotent(transaction, identity, async () => ({ status, headers: {}, body: undefined }));
      }),
    );
  expect(await write(201, 0)).toMatchObject({ replayed: false });
  expect(await write(202, 3600)).toMatchObject({ replayed: false, answer: { status: 202 } });
  expect(await write(203, 3600)).toMatchObject({ replayed: true, answer: { status: 202 } });
});

test('the context of a request knows of its transaction', async () => {
  await inBackground(async (context) => {
    const known = await api.parts.database.transaction(context, async () => context.inTransaction);
    expect([known, context.inTransaction]).toEqual([true, false]);
  });
});
