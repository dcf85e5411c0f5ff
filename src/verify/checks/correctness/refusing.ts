import type { Schema } from '../../contract/contract.js';
import type { Response } from '../../http/exchange.js';
import { expectThat, summary } from '../../http/expectations.js';
import { breachesOf } from './breaches.js';
import type { Collection, Stored } from './collection.js';
import { shown, type Values } from './fields.js';
import { expectReadable, listed } from './reading.js';

/** A body that must be refused. */
interface Invalid {
  /** What is wrong, for messages. */
  what: string;
  body: Values;
  /** The member that is wrong. */
  member: string;
}

const together = 6;

/**
 * Breaks each constraint of each field by one, in the body of POST, PUT and PATCH.
 * @throws Mismatch unless each is refused (400 or 422) with the field named where the document has pointers, the item
 *   is as before, and nothing new is in the list
 */
export async function expectInvalidRefused(collection: Collection): Promise<void> {
  const { resource } = collection;
  const { item } = await collection.create(await collection.plainBody());
  const changes = ['PUT', 'PATCH'].filter((method) => collection.allows(method));
  // Nothing of it may be stored, so that one valid base will do, even where a field is unique.
  const base = await collection.plainBody();
  const whole = invalidOf(collection, base, true);
  const partial = invalidOf(collection, {}, false);
  const made: Response[] = [];
  await inTurns(whole, async (invalid) => {
    const response = await collection.post(invalid.body);
    if (collection.isOwn ? response.status === 201 : response.status < 300) made.push(response);
    expectRefused(collection, 'POST', response, invalid);
  }).finally(() => {
    for (const response of made) collection.remember(response);
  });
  await expectNothingNew(collection, base, item);
  for (const method of changes) {
    const bodies = method === 'PATCH' ? partial : whole;
    await inTurns(bodies, async (invalid) => {
      const response = await collection.change(method, resource.item(item.id), invalid.body);
      expectRefused(collection, method, response, invalid);
    });
    await expectReadable(collection, item, `${method} that was refused`);
  }
}

/** Bodies that are wrong in one member each. @param complete whether required members may not be left out */
function invalidOf(collection: Collection, base: Values, complete: boolean): Invalid[] {
  const { fields, resource } = collection;
  const wrong = fields.flatMap((field) =>
    breachesOf(field).map(({ name, value }) => ({
      what: `"${field.name}" ${shown(value)} (${name})`,
      body: { ...base, [field.name]: value },
      member: field.name,
    })),
  );
  const { additionalProperties, properties = {} } = resource.input;
  const others = resource.fields.filter((name) => !(name in (properties as Schema)));
  const unknown = additionalProperties === false ? ['noSuchMember', ...others] : [];
  const added = unknown.map((member) => ({
    what: `the member "${member}", which is not in the schema`,
    body: { ...base, [member]: member === 'version' ? 7 : '2020-01-01T00:00:00.000Z' },
    member,
  }));
  const required = complete ? fields.filter((field) => field.required) : [];
  const lacking = required.map(({ name }) => {
    const { [name]: _, ...body } = base;
    return { what: `"${name}" left out`, body, member: name };
  });
  return [...wrong, ...added, ...lacking];
}

function expectRefused(collection: Collection, method: string, response: Response, invalid: Invalid): void {
  const what = `${method} with ${invalid.what}`;
  expectThat([400, 422].includes(response.status), `400 or 422 for ${what}`, summary(response));
  const path = method === 'POST' ? collection.resource.path : collection.resource.item('0');
  if (!hasPointers(collection.api.contract.find(method, path)?.source.responses?.[response.status])) return;
  const errors: { pointer?: string }[] = response.json().errors ?? [];
  const pointer = `#/${invalid.member}`;
  const named = errors.some((error) => error.pointer === pointer || error.pointer?.startsWith(`${pointer}/`));
  expectThat(named, `an error with the pointer ${pointer} for ${what}`, summary(response));
}

/** Whether the document describes an error with pointers to invalid fields. */
function hasPointers(described: Schema | undefined): boolean {
  const content = Object.values((described?.content ?? {}) as Record<string, Schema>);
  return content.some(({ schema }) => schema?.properties?.errors?.items?.properties?.pointer !== undefined);
}

/** @throws Mismatch when the list has an item that was made from a body that was refused */
async function expectNothingNew(collection: Collection, base: Values, item: Stored): Promise<void> {
  const { items } = await listed(collection, [item], {});
  const newer = items.filter(
    ({ id, createdAt }) => id !== item.id && String(createdAt) > String(item.body.createdAt),
  );
  const [first] = collection.fields.filter(({ kind, required }) => kind === 'text' && required);
  const found = newer.find((other) => first !== undefined && other[first.name] === base[first.name]);
  expectThat(found === undefined, 'no refused item in the list', found);
}

async function inTurns<Value>(
  values: readonly Value[],
  work: (value: Value) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < values.length; start += together) {
    // All of them have to end before their items are deleted.
    const results = await Promise.allSettled(values.slice(start, start + together).map(work));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
