import type { Api } from '../../cluster/api.js';
import { Collection, type Stored, writableOf } from './collection.js';
import { expectListed, expectReadable } from './reading.js';
import { bodyAt } from './values.js';

/** Collections whose items are written before the restart. */
const most = 5;
const itemsEach = 3;

/**
 * Writes items, kills all instances, starts them again and reads the items: from the database, while the shared
 * cache refuses connections, and from the cache.
 * @throws Mismatch where an item, its ETag or the list has changed
 */
export async function expectKept(api: Api): Promise<void> {
  const collections: Collection[] = [];
  try {
    const written: [Collection, Stored[]][] = [];
    for (const resource of writableOf(api).slice(0, most)) {
      const collection = await Collection.open(api, resource);
      collections.push(collection);
      written.push([collection, await writeItems(collection)]);
    }
    await restartAll(api);
    const { fleet } = api;
    try {
      if (fleet.hasStore) fleet.store.set({ kind: 'refuse' });
      await expectItems(written, 'a restart, with the shared cache away');
    } finally {
      if (fleet.hasStore) fleet.store.set({ kind: 'pass' });
    }
    await expectItems(written, 'a restart');
    for (const [collection, items] of written) await expectListed(collection, items, []);
  } finally {
    for (const collection of collections.reverse()) await collection.close();
  }
}

async function writeItems(collection: Collection): Promise<Stored[]> {
  const { fields } = collection;
  const items: Stored[] = [];
  for (let turn = 0; turn < itemsEach; turn += 1) {
    const body = bodyAt(fields, await collection.samples(), turn);
    let { item } = await collection.create(await collection.filled(body));
    const method = (['PATCH', 'PUT'] as const).find((candidate) => collection.allows(candidate));
    if (method && turn > 0) ({ item } = await collection.write(method, item, collection.valuesOf(item.body)));
    items.push(item);
  }
  return items;
}

async function restartAll({ fleet }: Api): Promise<void> {
  const { instances } = fleet;
  for (const instance of instances) instance.signal('SIGKILL');
  await Promise.all(instances.map((instance) => instance.ended()));
  await Promise.all(instances.map((instance) => instance.restart()));
}

async function expectItems(written: readonly [Collection, Stored[]][], after: string): Promise<void> {
  for (const [collection, items] of written)
    for (const item of items) await expectReadable(collection, item, after);
}
