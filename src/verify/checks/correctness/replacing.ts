import { expectThat, summary } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import { eventually } from '../shared/eventually.js';
import type { Collection, Stored } from './collection.js';
import { type Field, isSame, type Values } from './fields.js';
import { expectReadable } from './reading.js';
import { bodyAt } from './values.js';

/** Longer than the smallest step of a clock whose times have milliseconds. */
const clockStepMs = 20;
/** How often two changes are sent at the same time. */
const rounds = 4;

/**
 * PUT removes omitted fields (RFC 9110, section 9.3.4); PATCH keeps them, and null removes (RFC 7396). A refused
 * change leaves the item as it was.
 * @throws Mismatch at the first answer that differs
 */
export async function expectReplacedAndMerged(collection: Collection): Promise<void> {
  const { fields } = collection;
  const samples = await collection.samples();
  const set = Object.fromEntries(
    Object.entries(samples).map(([name, list]) => [name, list.filter((value) => value !== null)]),
  );
  const whole = await collection.filled(bodyAt(fields, set, 0));
  let { item } = await collection.create(whole);
  if (collection.allows('PUT')) item = await expectReplaced(collection, item, whole);
  if (collection.allows('PATCH') && collection.patchTypes.length > 0)
    item = await expectMerged(collection, item, set);
  await expectReadable(collection, item, 'the changes before');
}

async function expectReplaced(collection: Collection, item: Stored, whole: Values): Promise<Stored> {
  const required = collection.fields.filter((field) => field.required);
  await pause(clockStepMs);
  // A unique value may stay: it is its own.
  const bare = Object.fromEntries(required.map(({ name }) => [name, item.body[name]]));
  const emptied = await collection.write('PUT', item, bare);
  expectTouched('PUT', item, emptied.item);
  const filled = await collection.write('PUT', emptied.item, { ...whole, ...bare });
  const same = await collection.write('PUT', filled.item, collection.valuesOf(filled.item.body));
  const [first] = collection.fields;
  await expectUnchanged(collection, same.item, 'PUT', { ...bare, [first!.name]: { no: 'value' } });
  if (required.length > 0) await expectUnchanged(collection, same.item, 'PUT', {});
  await expectAbsent(collection, 'PUT', bare);
  return same.item;
}

async function expectMerged(
  collection: Collection,
  start: Stored,
  samples: Record<string, unknown[]>,
): Promise<Stored> {
  const types = collection.patchTypes;
  let item = start;
  for (const [place, field] of collection.fields.entries()) {
    const other = await otherValue(collection, field, item, samples[field.name]!);
    await pause(clockStepMs);
    const type = types[place % types.length]!;
    const changed = await collection.write('PATCH', item, { [field.name]: other }, { type });
    expectTouched('PATCH', item, changed.item);
    item = changed.item;
    item = await expectNullTaken(collection, field, item);
  }
  ({ item } = await collection.write('PATCH', item, collection.valuesOf(item.body)));
  const [first] = collection.fields;
  await expectUnchanged(collection, item, 'PATCH', { [first!.name]: { no: 'value' } });
  await expectAbsent(collection, 'PATCH', { [first!.name]: item.body[first!.name] });
  return expectBothMerged(collection, item, samples);
}

/** Two changes of different fields at the same time: neither takes the other's back. @returns the item after them */
async function expectBothMerged(
  collection: Collection,
  start: Stored,
  samples: Record<string, unknown[]>,
): Promise<Stored> {
  const { api, fields, unique } = collection;
  const [one, other] = fields.filter(({ name }) => !unique.includes(name) && samples[name]!.length > 1);
  if (!one || !other) return start;
  let { body } = start;
  for (let round = 0; round < rounds; round += 1) {
    const changes = await Promise.all(
      [one, other].map(async (field) => ({
        [field.name]: await otherValue(collection, field, { ...start, body }, samples[field.name]!),
      })),
    );
    const to = (place: number) => api.origins[place % api.origins.length]!;
    const responses = await Promise.all(
      changes.map((change, place) => collection.change('PATCH', start.path, change, { to: to(place) })),
    );
    // A refusal is no loss: the caller knows of it.
    for (const response of responses)
      expectThat(
        [200, 204, 409, 412].includes(response.status),
        '200 for PATCH of one field',
        summary(response),
      );
    const accepted = changes.filter((_, place) => responses[place]!.status < 300);
    const wanted: Values = Object.assign({}, collection.valuesOf(body), ...accepted);
    body = await eventually(async () => {
      const read = await api.send({ path: start.path, as: 'reader', to: collection.next });
      expectThat(read.status === 200, 'status 200 for GET', summary(read));
      const what = `after PATCH of "${one.name}" and of "${other.name}" at the same time, GET answers with`;
      collection.expectBody(collection.itemIn(read.json()), wanted, what);
      return collection.itemIn(read.json());
    });
  }
  const final = await api.send({ path: start.path, as: 'reader' });
  return {
    ...start,
    etag: collection.isOwn ? (final.headers.etag ?? '') : '',
    body: collection.itemIn(final.json()),
  };
}

/** A value that the item does not have. */
async function otherValue(
  collection: Collection,
  field: Field,
  { body }: Stored,
  samples: readonly unknown[],
): Promise<unknown> {
  if (collection.unique.includes(field.name))
    return (await collection.withFresh({}, [field]))[field.name] ?? body[field.name];
  return samples.find((value) => !isSame(field, value, body[field.name])) ?? body[field.name];
}

/** null removes what can be null, and is refused for all else. @returns the item with its value again */
async function expectNullTaken(collection: Collection, field: Field, item: Stored): Promise<Stored> {
  const { name, nullable } = field;
  if (!nullable && field.required) {
    await expectUnchanged(collection, item, 'PATCH', { [name]: null });
    return item;
  }
  // What null means is said for merge patches alone.
  const merges = collection.patchTypes.every((type) => /merge-patch/.test(type));
  if (!nullable || !(collection.isOwn || merges)) return item;
  const removed = await collection.write('PATCH', item, { [name]: null });
  return (await collection.write('PATCH', removed.item, { [name]: item.body[name] })).item;
}

/** @throws Mismatch unless the change is refused (4xx) and the item is as before, everywhere */
export async function expectUnchanged(
  collection: Collection,
  item: Stored,
  method: string,
  body: unknown,
): Promise<void> {
  const response = await collection.change(method, item.path, body);
  expectThat(
    response.status >= 400 && response.status < 500,
    `4xx for ${method} with ${JSON.stringify(body).slice(0, 200)}`,
    summary(response),
  );
  await expectReadable(collection, item, `${method} that was refused (${response.status})`);
}

/** An item that does not exist is not made by a change, unless the document says so (201). */
async function expectAbsent(collection: Collection, method: 'PUT' | 'PATCH', body: Values): Promise<void> {
  const path = collection.resource.item(collection.resource.absent());
  const documented = collection.api.contract.find(method, path)?.source.responses ?? {};
  if (documented['201']) return;
  const response = await collection.change(method, path, body);
  expectThat(response.status === 404, `404 for ${method} of an item that does not exist`, summary(response));
  const read = await collection.api.send({ path, as: 'reader' });
  expectThat(
    read.status === 404,
    `404 for GET after ${method} of an item that does not exist`,
    summary(read),
  );
}

function expectTouched(method: string, before: Stored, after: Stored): void {
  const { updatedAt } = before.body;
  if (typeof updatedAt !== 'string') return;
  // Times without a fraction need a second to move.
  if (!/\.\d/.test(updatedAt)) return;
  expectThat(
    Date.parse(String(after.body.updatedAt)) > Date.parse(updatedAt),
    `"updatedAt" later than ${updatedAt} after ${method}`,
    after.body.updatedAt,
  );
}
