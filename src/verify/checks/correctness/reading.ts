import type { Schema } from '../../contract/contract.js';
import { itemsIn, nextIn } from '../../contract/conventions.js';
import type { Response } from '../../http/exchange.js';
import { expectStatus, expectThat, summary } from '../../http/expectations.js';
import { eventually } from '../shared/eventually.js';
import { largestPageOf, newestFirstOf, queryPath } from '../shared/pages.js';
import { type Collection, namesIn, type Stored } from './collection.js';
import { shown, type Values } from './fields.js';

const mostPages = 40;

/** A query of a list: filters, `sort`, `limit`, `fields`. */
export type ListQuery = Record<string, string | number | undefined>;

/** Reads an item on every instance, twice: from the shared cache or the database, and from that instance's own memory. */
export async function expectReadable(collection: Collection, item: Stored, after: string): Promise<void> {
  const { api } = collection;
  for (const to of api.origins)
    for (const _ of [1, 2])
      await eventually(async () => {
        const response = await api.send({ path: item.path, as: 'reader', to });
        expectStatus(response, 200);
        expectSameItem(collection.itemIn(response.json()), item.body, `GET after ${after}`);
        expectSameTag(response, item, after);
      });
}

function expectSameTag(response: Response, { etag }: Stored, after: string): void {
  if (etag !== '')
    expectThat(response.headers.etag === etag, `the ETag ${etag} of ${after} in GET`, response.headers.etag);
}

/** @throws Mismatch unless an item is the one that a write answered with, in all members or in those */
export function expectSameItem(
  got: Values,
  wanted: Values,
  what: string,
  names: readonly string[] = Object.keys(wanted),
): void {
  for (const name of names)
    expectThat(
      JSON.stringify(got[name]) === JSON.stringify(wanted[name]),
      `${what}: "${name}" ${shown(wanted[name])}`,
      `${shown(got[name])} (item ${String(wanted.id)})`,
    );
}

/** Reads an item with `fields`: those names alone and all at once. */
export async function expectSelectable(
  collection: Collection,
  item: Stored,
  names: readonly string[],
): Promise<void> {
  const { api } = collection;
  const parameter = collection.resource.names.fields;
  if (parameter === undefined || !collection.parametersOf('item').includes(parameter)) return;
  for (const fields of [...names, collection.resource.fields.join(',')])
    await eventually(async () => {
      const path = `${item.path}?${parameter}=${fields}`;
      const response = await api.send({ path, as: 'reader', to: collection.next });
      expectStatus(response, 200);
      expectSameItem(response.json(), item.body, `GET with fields=${fields}`, fields.split(','));
    });
}

/** One page of a list. */
export interface Page {
  items: Values[];
  /** Path and query of the next page; undefined on the last. */
  next: string | undefined;
}

/** @param path of the list, with the query. @throws Mismatch when it is no list */
export async function readPage(collection: Collection, path: string): Promise<Page> {
  const { api, next: to } = collection;
  const response = await api.send({ path, as: 'reader', to });
  expectThat(response.status === 200, `status 200 for ${path}`, summary(response));
  const body = response.json();
  const items = itemsIn(body, collection.resource.names) as Values[] | undefined;
  expectThat(items !== undefined, 'an array of items in a list', summary(response));
  const named = items.map((item) => collection.itemIn(item));
  return { items: named, next: nextOf(collection, response, path, items.length) };
}

/** The next page by its link (RFC 8288), else by the cursor or the address in the answer, else by its number. */
function nextOf(
  { api, resource }: Collection,
  response: Response,
  path: string,
  count: number,
): string | undefined {
  const { names } = resource;
  const linked = /<([^>]+)>\s*;[^,]*\brel="?next\b/.exec(response.headers.link ?? '')?.[1];
  if (linked !== undefined) return api.pathOf(linked, path);
  const next = nextIn(response.json(), names);
  if (next !== undefined && /^(https?:\/\/|\/|\?)/.test(next)) return api.pathOf(next, path);
  const [start, query] = path.split('?');
  const parameters = new URLSearchParams(query);
  const limit = Number(parameters.get(names.limit ?? '') ?? 0);
  if (names.cursor !== undefined) {
    if (next === undefined) return undefined;
    parameters.set(names.cursor, next);
  } else if (count === 0 || ((limit === 0 || count < limit) && !isRound(count))) return undefined;
  else if (names.page !== undefined)
    parameters.set(names.page, String(Number(parameters.get(names.page)) + 1));
  else if (names.offset !== undefined)
    parameters.set(names.offset, String(Number(parameters.get(names.offset) ?? 0) + count));
  else return undefined;
  return `${start}?${parameters}`;
}

/** Path of the list with a query; parameters that the document does not have are left out. */
export function listPath(collection: Collection, query: ListQuery): string {
  const { resource } = collection;
  // Some count pages from 0.
  const page = resource.names.page === undefined ? undefined : (firstPageOf(collection) ?? 1);
  return queryPath(resource, { ...query, page });
}

/** The number of the first page, where the document says it. */
function firstPageOf({ api, resource }: Collection): number | undefined {
  const parameters: Schema[] = api.contract.find('GET', resource.path)?.source.parameters ?? [];
  const { schema = {} } = parameters.find(({ name }) => name === resource.names.page) ?? {};
  return schema.default ?? schema.minimum;
}

/** The result of paging through a list. */
export interface Walk {
  /** In the order of the list. */
  items: Values[];
  /** Whether it reached the last page or read enough: a list can be too long to read it all. */
  ended: boolean;
}

/**
 * Walks a list from page to page.
 * @param enough ends the walk before its last page
 */
export async function walk(
  collection: Collection,
  query: ListQuery,
  enough: (items: readonly Values[]) => boolean = () => false,
): Promise<Walk> {
  const items: Values[] = [];
  let path: string | undefined = listPath(collection, query);
  for (let pages = 0; path !== undefined && pages < mostPages; pages += 1) {
    const page: Page = await readPage(collection, path);
    expectSize(collection, page, query, path);
    items.push(...page.items);
    if (enough(items)) return { items, ended: true };
    path = page.next;
  }
  return { items, ended: path === undefined && !mayBeCapped(collection, items.length) };
}

/**
 * Whether a list without a next page may have more items than it shows: elsewhere, the most that it shows may be said nowhere,
 * and is a round number.
 */
function mayBeCapped({ isOwn, resource }: Collection, count: number): boolean {
  const { cursor, page, offset } = resource.names;
  const paged = [cursor, page, offset].some((name) => name !== undefined);
  return !isOwn && !paged && isRound(count);
}

/** Whether a number of items may be the most that a page has, whatever was asked for. */
function isRound(count: number): boolean {
  return count >= 10 && count % 5 === 0;
}

/** @throws Mismatch unless each page but the last has as many items as requested */
function expectSize(
  { resource }: Collection,
  { items, next }: Page,
  { limit }: ListQuery,
  path: string,
): void {
  if (limit === undefined || !path.includes(`${resource.names.limit}=`)) return;
  const last = next === undefined || (Number(limit) > items.length && isRound(items.length));
  const full = last ? items.length <= Number(limit) : items.length === Number(limit);
  expectThat(full, `${limit} items on each page of the list but the last`, `${items.length} on ${path}`);
}

/** The order with the newest first, where the list has one. */
export function newestFirst({ resource }: Collection): string | undefined {
  return newestFirstOf(resource);
}

/** The list, newest first, until it has shown all those items. */
export async function listed(
  collection: Collection,
  wanted: readonly Stored[],
  query: ListQuery,
): Promise<Walk> {
  const ids = new Set(wanted.map(({ id }) => id));
  const complete = (items: readonly Values[]) =>
    items.filter(({ id }) => ids.has(String(id))).length === ids.size;
  return walk(
    collection,
    { sort: newestFirst(collection), limit: largestPageOf(collection.resource), ...query },
    complete,
  );
}

/** Reads items in the list: whole, and with `fields` each of those names alone and all at once. */
export async function expectListed(
  collection: Collection,
  wanted: readonly Stored[],
  names: readonly string[],
): Promise<void> {
  const selectable = names.length > 0 && collection.resource.names.fields !== undefined;
  const alone = names.filter((name) => name !== 'id').map((name) => `id,${name}`);
  const selections = selectable ? [undefined, ...alone, names.join(',')] : [undefined];
  for (const fields of selections)
    await eventually(async () => {
      const shownItems = await listed(collection, wanted, { fields });
      const what = `the list${fields ? ` with fields=${fields}` : ''}`;
      for (const { body } of wanted) expectAmong(shownItems, body, what, fields?.split(','));
    });
}

/** @throws Mismatch unless a walk has shown the item as it was written, in all members or in those */
export function expectAmong({ items, ended }: Walk, wanted: Values, what: string, names?: string[]): void {
  const got = items.find(({ id }) => id === wanted.id);
  if (got) expectSameItem(got, wanted, what, names);
  else expectThat(!ended, `${what} with the item ${namesIn(wanted)}`, 'it is not there');
}
