import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectStatus, expectThat, summary } from '../../http/expectations.js';
import { eventually } from '../shared/eventually.js';
import { type Collection, namesIn, type Stored } from './collection.js';
import { shown, type Values } from './fields.js';

/** Largest page of a list that every API of the contract has. */
const largestPage = 100;
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
        expectSameItem(response.json(), item.body, `GET after ${after}`);
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
  if (!collection.parametersOf('item').includes('fields')) return;
  for (const fields of [...names, collection.resource.fields.join(',')])
    await eventually(async () => {
      const path = `${item.path}?fields=${fields}`;
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
  const items = Array.isArray(body) ? body : Object.values(body).find(Array.isArray);
  expectThat(Array.isArray(items), 'an array of items in a list', summary(response));
  return { items: items as Values[], next: nextOf(api, response, path) };
}

/** The next page by its link (RFC 8288), else by the cursor. */
function nextOf(api: Api, response: Response, path: string): string | undefined {
  const linked = /<([^>]+)>\s*;[^,]*\brel="?next\b/.exec(response.headers.link ?? '')?.[1];
  if (linked !== undefined) return api.pathOf(linked, path);
  const cursor = response.json().meta?.nextCursor;
  if (typeof cursor !== 'string') return undefined;
  const [start, query] = path.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${start}?${parameters}`;
}

/** Path of the list with a query; parameters that the document does not have are left out. */
export function listPath(collection: Collection, query: ListQuery): string {
  const documented = collection.parametersOf('list');
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && documented.includes(name)) parameters.set(name, String(value));
  const { path } = collection.resource;
  return parameters.size === 0 ? path : `${path}?${parameters}`;
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
    expectSize(page, query, path);
    items.push(...page.items);
    if (enough(items)) return { items, ended: true };
    path = page.next;
  }
  return { items, ended: path === undefined };
}

/** @throws Mismatch unless each page but the last has as many items as requested */
function expectSize({ items, next }: Page, { limit }: ListQuery, path: string): void {
  if (limit === undefined || !/[?&]limit=/.test(path)) return;
  const full = next === undefined ? items.length <= Number(limit) : items.length === Number(limit);
  expectThat(full, `${limit} items on each page of the list but the last`, `${items.length} on ${path}`);
}

/** The order with the newest first, where the list has one. */
export function newestFirst({ resource }: Collection): string | undefined {
  return resource.sorts.find((order) => order === '-createdAt');
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
  return walk(collection, { sort: newestFirst(collection), limit: largestPage, ...query }, complete);
}

/** Reads items in the list: whole, and with `fields` each of those names alone and all at once. */
export async function expectListed(
  collection: Collection,
  wanted: readonly Stored[],
  names: readonly string[],
): Promise<void> {
  const selectable = names.length > 0 && collection.parametersOf('list').includes('fields');
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
