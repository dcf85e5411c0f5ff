import type { Collection, Stored } from './collection.js';
import type { Values } from './fields.js';
import { expectListed, expectReadable, expectSelectable } from './reading.js';
import { bodiesOf, longestText } from './values.js';

/** Items that are written at the same time. */
const together = 4;

/**
 * Writes values at the bounds of each type with POST, PUT and PATCH, and reads each back: by the item on every instance,
 * by the list, and with `fields`.
 * @throws Mismatch at the first response that differs from the written item
 */
export async function expectWrittenIsRead(collection: Collection): Promise<void> {
  const names = collection.resource.fields;
  const [posted, put, patched] = await Promise.all(
    [1, 2, 3].map(async () => bodiesOf(collection.fields, await collection.samples(longestText))),
  );
  const stored: Stored[] = [];
  for (let start = 0; start < posted!.length; start += together) {
    const turns = posted!.slice(start, start + together).map((_, place) => start + place);
    // All of them have to end before their items are deleted.
    const results = await Promise.allSettled(
      turns.map((turn) => writeAndRead(collection, names, [posted!, put!, patched!], turn)),
    );
    for (const result of results)
      if (result.status === 'fulfilled') stored.push(result.value);
      else throw result.reason;
  }
  await expectListed(collection, stored, names);
}

async function writeAndRead(
  collection: Collection,
  names: string[],
  [posted, put, patched]: [Values[], Values[], Values[]],
  turn: number,
): Promise<Stored> {
  const made = await collection.create(await collection.filled(posted[turn]!));
  let { item } = made;
  await expectReadable(collection, item, 'POST');
  await expectSelectable(collection, item, [names[turn % names.length]!]);
  for (const [method, bodies, distance] of [
    ['PUT', put, 5],
    ['PATCH', patched, 9],
  ] as const) {
    if (!collection.allows(method)) continue;
    const body = bodies[(turn + distance) % bodies.length]!;
    const given = method === 'PUT' ? await collection.filled(body) : body;
    ({ item } = await collection.write(method, item, given));
    await expectReadable(collection, item, method);
    await expectSelectable(collection, item, []);
  }
  return item;
}
