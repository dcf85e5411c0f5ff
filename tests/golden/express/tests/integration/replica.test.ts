import { afterAll, beforeAll, expect, test } from 'vitest';
import { seed } from '../../src/database/migrate.js';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';

// Stands for a replica that has heard of nothing yet: a database without rows.
let replica: Surroundings;
let place: Surroundings;
let path: string;
/** What the primary has. */
let item: Record<string, unknown>;
const instances: Api[] = [];

beforeAll(async () => {
  replica = await surroundings();
  place = await surroundings({ DATABASE_REPLICA_URL: replica.environment.DATABASE_URL as string });
  await seed(place.environment.DATABASE_URL as string);

  const environment = { ...place.environment, DATABASE_REPLICA_URL: '' };
  const alone = await startInstance({ ...place, environment });
  [path] = [...paths].find(([, methods]) => methods.includes('POST') && methods.includes('GET'))!;
  item = (await alone.send('GET', path)).body.data[0];
  await alone.close();

  const number = place.environment.REDIS_URL === '' ? 1 : 2;
  while (instances.length < number) instances.push(await startInstance(place));
});

afterAll(async () => {
  for (const instance of instances) await instance.close();
  await place.drop();
  await replica.drop();
});

test('lists are read on the replica; items, and what the caller has just written, are not', async () => {
  const api = instances[0]!;
  const other = instances.at(-1)!;
  const list = async () => (await other.send('GET', path, { headers: api.as.admin })).body.data;
  // A store that has just begun to answer is not asked who has written.
  await expect.poll(list, { timeout: 8000 }).toEqual([]);
  for (const _ of [1, 2]) expect((await other.send('GET', `${path}/${item.id}`)).body).toEqual(item);

  const { id, version, createdAt, updatedAt, ...body } = item;
  const written = await api.send('PUT', `${path}/${id}`, { body, headers: api.as.admin });
  expect(written.status, written.text).toBe(200);
  expect(await list()).toContainEqual(written.body);
  const fields = await other.send('GET', `${path}/${id}?fields=id`, { headers: api.as.admin });
  expect(fields.body).toEqual({ id });
  expect((await other.send('GET', `${path}/${id}`)).body).toEqual(written.body);
}, 15_000);
