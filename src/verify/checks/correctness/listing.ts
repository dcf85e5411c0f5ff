import { expectEqual, expectThat } from '../../http/expectations.js';
import { eventually } from '../shared/eventually.js';
import { type Collection, namesIn, type Stored } from './collection.js';
import { differenceOf, type Field, isSame, shown, type Values } from './fields.js';
import { expectAmong, type ListQuery, newestFirst, walk } from './reading.js';
import { bodyAt } from './values.js';

/** Items that are made, so that a list of two a page has several pages with a filter as well. */
const count = 9;
const pageSizes = [2, 3];

/**
 * Walks the list with each filter and each order to its end.
 * @throws Mismatch unless each item that matches comes just once, as it was written, in the order asked for, no other,
 *   and none that was deleted
 */
export async function expectListsHold(collection: Collection): Promise<void> {
  const items = await makeItems(collection);
  const removed = collection.allows('DELETE') ? await removeOne(collection, items) : undefined;
  const { sorts } = collection.resource;
  const queries: { sort: string | undefined; filter?: Field }[] = [
    { sort: newestFirst(collection) },
    ...sorts.map((sort) => ({ sort })),
    ...filtersOf(collection).flatMap((filter, place) => [
      { sort: newestFirst(collection), filter },
      { sort: sorts[place % Math.max(1, sorts.length)], filter },
    ]),
  ];
  for (const [place, { sort, filter }] of queries.entries()) {
    const limit = pageSizes[place % pageSizes.length];
    for (const value of filter ? filterValues(filter, items) : [undefined]) {
      const query = { sort, limit, ...(filter && { [filter.name]: String(value) }) };
      const wanted = items.filter(({ body }) => !filter || isSame(filter, value, body[filter.name]));
      await eventually(() => expectWalk(collection, query, wanted, removed, filter, value));
    }
  }
  await eventually(() => expectSelectedWalk(collection, items));
}

/** `fields` holds on every page. */
async function expectSelectedWalk(collection: Collection, wanted: readonly Stored[]): Promise<void> {
  if (collection.resource.names.fields === undefined) return;
  const names = [collection.id, collection.fields[0]!.name];
  const query = { sort: newestFirst(collection), limit: pageSizes[0], fields: names.join(',') };
  const ids = new Set(wanted.map(({ id }) => id));
  const found = await walk(
    collection,
    query,
    (items) => items.filter(({ id }) => ids.has(String(id))).length === ids.size,
  );
  for (const { body } of wanted) expectAmong(found, body, `the list with ${queryText(query)}`, names);
  const other = found.items.find((item) => Object.keys(item).some((name) => !names.includes(name)));
  expectThat(other === undefined, `only ${names.join(' and ')} on every page`, other && namesIn(other));
}

/** Fields by which the list is filtered for equality: elsewhere, a text may be a part of the value. */
export function filtersOf({ fields, resource, isOwn }: Collection): Field[] {
  return fields.filter(({ name, kind }) => name in resource.filters && (isOwn || kind !== 'text'));
}

/** The value that most items have, and one that few have. */
function filterValues({ name }: Field, items: readonly Stored[]): unknown[] {
  const times = new Map<unknown, number>();
  for (const { body } of items)
    if (body[name] !== null) times.set(body[name], (times.get(body[name]) ?? 0) + 1);
  const ordered = [...times.keys()].sort((a, b) => times.get(b)! - times.get(a)!);
  return [...new Set([ordered[0], ordered.at(-1)])].filter((value) => value !== undefined);
}

/** Items with few different values in the fields that filter: two of three have the first. */
async function makeItems(collection: Collection): Promise<Stored[]> {
  const { fields, resource, unique } = collection;
  const samples = await collection.samples();
  const few = Object.fromEntries(
    Object.entries(samples).map(([name, list]) => {
      const [first, second = first] = list.filter((value) => value !== null && value !== '');
      return [name, name in resource.filters && !unique.includes(name) ? [first, first, second] : list];
    }),
  );
  const filtering = fields.filter(({ name }) => name in resource.filters);
  const others = fields.filter(({ name }) => !(name in resource.filters));
  const items: Stored[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    // The same turn for all of them: pages of one filter have items that another order has apart.
    const body = {
      ...bodyAt(others, few, turn),
      ...Object.assign({}, ...filtering.map((field) => bodyAt([field], few, turn))),
    };
    const given = await collection.withFresh(await collection.filled(body));
    items.push((await collection.create(given)).item);
  }
  return items;
}

async function removeOne(collection: Collection, items: Stored[]): Promise<Stored> {
  const [item] = items.splice(Math.floor(items.length / 2), 1) as [Stored];
  const response = await collection.change('DELETE', item.path, undefined);
  expectThat(
    response.status === 204 || response.status === 200,
    '204 for DELETE',
    `status ${response.status}`,
  );
  for (const to of collection.api.origins)
    await eventually(async () => {
      const read = await collection.api.send({ path: item.path, as: 'reader', to });
      expectThat(
        read.status === 404 || read.status === 410,
        '404 for GET after DELETE',
        `status ${read.status}`,
      );
    });
  return item;
}

/** One walk, of which the items of others are left alone. */
async function expectWalk(
  collection: Collection,
  query: ListQuery,
  wanted: readonly Stored[],
  removed: Stored | undefined,
  filter: Field | undefined,
  value: unknown,
): Promise<void> {
  const what = `the list with ${queryText(query)}`;
  const newest = query.sort !== undefined && query.sort === newestFirst(collection);
  const oldest = wanted.map(({ body }) => String(body.createdAt)).sort()[0];
  // What follows the oldest of them is not theirs.
  const enough = (items: readonly Values[]) =>
    newest && oldest !== undefined && items.some(({ createdAt }) => String(createdAt) < oldest);
  const shownItems = await walk(collection, query, enough);
  const { items } = shownItems;
  if (filter)
    for (const item of items)
      expectThat(
        isSame(filter, value, item[filter.name]),
        `${what}, on every page, items with "${filter.name}" ${shown(value)} alone`,
        namesIn(item),
      );
  expectThat(
    items.every(({ id }) => id !== removed?.id),
    `${what} without the item that was deleted`,
    namesIn(removed?.body ?? {}),
  );
  const ids = items.map(({ id }) => String(id));
  expectThat(new Set(ids).size === ids.length, `${what} with each item once`, ids.join(', '));
  for (const { body } of wanted) {
    expectAmong(shownItems, body, what);
    expectOnce(collection, items, body, wanted, what);
  }
  if (query.sort !== undefined) expectOrder(items, String(query.sort), what);
}

/** One POST makes one item: no other has all of its values. */
function expectOnce(
  { fields }: Collection,
  items: readonly Values[],
  body: Values,
  wanted: readonly Stored[],
  what: string,
): void {
  // Only texts of some length are made for one item alone.
  if (!fields.some(({ kind, name }) => kind === 'text' && String(body[name] ?? '').length >= 12)) return;
  const ids = new Set(wanted.map(({ id }) => id));
  const twin = items.find(
    (item) => !ids.has(String(item.id)) && differenceOf(fields, body, item) === undefined,
  );
  expectThat(twin === undefined, `${what} with one item for one POST`, `another one: ${namesIn(twin ?? {})}`);
}

/** Numbers, dates and times have one order everywhere; databases sort texts by rules of their own. */
function expectOrder(items: readonly Values[], sort: string, what: string): void {
  const name = sort.replace(/^-/, '');
  const values = items.map((item) => rank(item[name]));
  if (values.some((value) => value === undefined)) return;
  const direction = sort.startsWith('-') ? -1 : 1;
  const sorted = [...values].sort((a, b) => direction * ((a as number) - (b as number)));
  expectEqual(values, sorted, `${what} in that order:`);
}

function rank(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d(T|$)/.test(value)) return undefined;
  return Date.parse(value);
}

/** A query for messages. */
export function queryText(query: ListQuery): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined);
  return parts.map(([name, value]) => `${name}=${value}`).join('&');
}
