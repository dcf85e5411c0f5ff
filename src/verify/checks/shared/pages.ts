import type { Api, Item } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectProblem, expectStatus, expectThat, summary } from '../../http/expectations.js';

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
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? api.resource.path : `${api.resource.path}?${parameters}`;
}

/** @throws Mismatch when it is no page */
export async function readPage(api: Api, query: Query): Promise<Page> {
  return readPageAt(api, listPath(api, query));
}

/** @param path with the query, as it goes over the wire */
export async function readPageAt(api: Api, path: string): Promise<Page> {
  const response = await api.send({ path, as: 'reader' });
  expectStatus(response, 200);
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
  const { ids, next } = await readPage(api, { limit: largestPage });
  if (next === null) await make(api, largestPage + 1 - ids.length);
}

/** Whether a walk through the whole list is a matter of some hundred requests. */
export async function isShort(api: Api): Promise<boolean> {
  let page = await readPage(api, { limit: largestPage });
  for (let pages = 1; page.next !== null && pages < 3; pages += 1)
    page = await readPage(api, { limit: largestPage, cursor: page.next });
  return page.next === null;
}

/** The order with the newest first; undefined for the default of the API. */
export function newestFirst(api: Api): string | undefined {
  return api.resource.sorts.find((order) => order === '-createdAt');
}

/** A cursor of the place right behind an item. @returns undefined when nothing follows it, or it is not in the list */
export async function cursorBehind(api: Api, id: string, query: Query): Promise<string | undefined> {
  let cursor: string | undefined;
  for await (const page of walk(api, { ...query, limit: largestPage })) {
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
  const problem = expectProblem(response, 400, 'invalid-parameter');
  const named = problem.errors?.some((error: { parameter?: string }) => error.parameter === parameter);
  expectThat(named, `an error for the parameter "${parameter}"`, response.text);
}

/** Numbers, dates and times as numbers, as their order is the same everywhere; undefined for other values. */
export function comparable(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d(T|$)/.test(value) ? Date.parse(value) : undefined;
}
