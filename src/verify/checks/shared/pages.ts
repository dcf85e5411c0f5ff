import type { Api, Item } from '../../cluster/api.js';
import type { Resource } from '../../contract/contract.js';
import { itemsIn, nextIn } from '../../contract/conventions.js';
import type { Response } from '../../http/exchange.js';
import { expectNamed, expectProblem, expectStatus, expectThat, summary } from '../../http/expectations.js';

/** One page of the list of the resource. */
export interface Page {
  /** Path and query of the request. */
  path: string;
  response: Response;
  items: Record<string, unknown>[];
  ids: string[];
  /** `meta.pageSize` */
  size: number;
  /** `meta.nextCursor` */
  next: string | null;
}

/** Query parameters; undefined ones are left out. */
export type Query = Record<string, string | number | undefined>;

const together = 10;
const largestPage = 100;

export function listPath(api: Api, query: Query): string {
  return queryPath(api.resource, query);
}

/** Path of a list with a query in the names of the contract; what the list has no parameter for is left out. */
export function queryPath({ path, names }: Resource, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const own = isMapped(name) ? names[name] : name;
    if (value !== undefined && own !== undefined) parameters.set(own, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

function isMapped(name: string): name is 'limit' | 'cursor' | 'fields' | 'sort' | 'page' | 'offset' {
  return ['limit', 'cursor', 'fields', 'sort', 'page', 'offset'].includes(name);
}

/** The largest size of a page that a list takes, 100 at most. */
export function largestPageOf({ limit }: Resource): number {
  return Math.min(largestPage, limit.maximum ?? largestPage);
}

/** @throws Mismatch when it is no page */
export async function readPage(api: Api, query: Query): Promise<Page> {
  return readPageAt(api, listPath(api, query));
}

/** @param path with the query, as it goes over the wire */
export async function readPageAt(api: Api, path: string): Promise<Page> {
  const response = await api.send({ path, as: 'reader' });
  expectStatus(response, 200);
  if (!api.contract.style.ownLists) return foreignPage(api, path, response);
  const { data, meta } = response.json();
  expectThat(
    Array.isArray(data) && Number.isInteger(meta?.pageSize),
    'a body { data: [...], meta: { pageSize, nextCursor } }',
    summary(response),
  );
  const { pageSize, nextCursor } = meta;
  expectThat(
    nextCursor === null || (typeof nextCursor === 'string' && nextCursor !== ''),
    'nextCursor to be a text or null',
    JSON.stringify(meta),
  );
  const ids = data.map(({ id }: { id?: unknown }) => String(id));
  return { path, response, items: data, ids, size: pageSize, next: nextCursor };
}

function foreignPage(api: Api, path: string, response: Response): Page {
  const { names } = api.resource;
  const body = response.json();
  const items = itemsIn(body, names) as Record<string, unknown>[] | undefined;
  expectThat(items !== undefined, 'a list of items', summary(response));
  const ids = items.map((item) => String(item[names.id ?? 'id']));
  return { path, response, items, ids, size: items.length, next: nextIn(body, names) ?? null };
}

/** Follows the cursors from page to page until there is none. */
export async function* walk(api: Api, query: Query): AsyncGenerator<Page> {
  let page = await readPage(api, query);
  yield page;
  while (page.next !== null) {
    page = await readPage(api, { ...query, cursor: page.next });
    yield page;
  }
}

/** Makes that many items, some at the same time. */
export async function make(api: Api, count: number): Promise<Item[]> {
  const made: Item[] = [];
  while (made.length < count) {
    const next = Array.from({ length: Math.min(together, count - made.length) });
    made.push(...(await Promise.all(next.map(() => api.create()))));
  }
  return made;
}

/** Makes items until the list has more than its largest page holds. */
export async function moreThanAPage(api: Api): Promise<void> {
  const limit = largestPageOf(api.resource);
  const { ids, next } = await readPage(api, { limit });
  if (next === null) await make(api, limit + 1 - ids.length);
}

/** Whether a walk through the whole list is a matter of some hundred requests. */
export async function isShort(api: Api): Promise<boolean> {
  const limit = largestPageOf(api.resource);
  let page = await readPage(api, { limit });
  for (let pages = 1; page.next !== null && pages < 3; pages += 1)
    page = await readPage(api, { limit, cursor: page.next });
  return page.next === null;
}

/** The order with the newest first; undefined for the default of the API. */
export function newestFirst(api: Api): string | undefined {
  return newestFirstOf(api.resource);
}

/** The same of any collection. */
export function newestFirstOf({ sorts }: Resource): string | undefined {
  return sorts.find((order) => /^-(createdAt|created_at|created)$/.test(order));
}

/** A cursor of the place right behind an item. @returns undefined when nothing follows it, or it is not in the list */
export async function cursorBehind(api: Api, id: string, query: Query): Promise<string | undefined> {
  let cursor: string | undefined;
  for await (const page of walk(api, { ...query, limit: largestPageOf(api.resource) })) {
    const place = page.ids.indexOf(id);
    if (place >= 0) {
      const { next } = await readPage(api, { ...query, limit: place + 1, cursor });
      return next ?? undefined;
    }
    cursor = page.next ?? undefined;
  }
  return undefined;
}

/** @throws Mismatch unless the request is refused, with an error for that query parameter */
export async function expectParameterRefused(api: Api, path: string, parameter: string): Promise<void> {
  const response = await api.send({ path, as: 'reader' });
  expectProblem(response, 400, 'invalid-parameter');
  expectNamed(response, 'parameter', parameter);
}

/** Numbers, dates and times as numbers, as their order is the same everywhere; undefined for other values. */
export function comparable(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d(T|$)/.test(value) ? Date.parse(value) : undefined;
}
