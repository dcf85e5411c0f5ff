import type { Api, Item } from '../api.js';
import type { Schema } from '../contract.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
  isOfType,
} from '../expectations.js';
import type { Row } from '../row.js';
import {
  isShort,
  listPath,
  make,
  moreThanAPage,
  newestFirst,
  type Page,
  readPage,
  readPageAt,
  walk,
} from './pages.js';

const group = 'lists';

export const paging: Row[] = [
  {
    id: 'PG1',
    group,
    title: 'the size of a page',
    expected: 'limit from 1 to 100 is honoured, 50 without one; anything else is 400, not clamped',
    source: 'OWASP API4:2023 (unrestricted resource consumption)',
    mend: 'Give the parameter a minimum, a maximum and a default in the contract, and validate it before the query.',
    evidence: ['limited'],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      await make(api, 3);
      for (const limit of [1, 2, 100, undefined]) {
        const { items, size, next } = await readPage(api, { limit });
        const asked = limit === undefined ? 'without limit' : `for limit=${limit}`;
        expectEqual(size, limit ?? 50, `pageSize ${asked}`);
        const full = next === null ? items.length <= size : items.length === size;
        expectThat(full, `${size} items ${asked}, or fewer on the last page`, `${items.length} items`);
        if (size < 3) expectThat(next !== null, `a nextCursor ${asked}: there are three items or more`, next);
      }
      for (const limit of ['0', '101', '-1', 'abc', '1.5', '']) {
        const response = await api.send({ path: listPath(api, { limit }), as: 'reader' });
        const problem = expectProblem(response, 400, 'invalid-parameter');
        const named = problem.errors?.some(({ parameter }: { parameter?: string }) => parameter === 'limit');
        expectThat(named, 'an error for the parameter "limit"', response.text);
      }
    },
  },
  {
    id: 'PG2',
    group,
    title: 'a walk while others insert',
    expected:
      'every row that was there from the beginning exactly once, in an order that is the same each time',
    source: 'RFC 8288, section 3; OWASP API4:2023',
    mend: 'Continue after the values of the last row, compared as one tuple that ends with the id; never by an offset.',
    evidence: ['stateless'],
    needs: ['resource', 'writing'],
    quick: false,
    async run(api) {
      for (const order of await ordersToWalk(api)) {
        // At the same time, so that some have the same time of creation.
        const originals = await make(api, 10);
        const seen = await walkWhileInserting(api, order, originals);
        const asked = order === undefined ? 'the walk' : `the walk by sort=${order}`;
        for (const { id } of originals)
          expectEqual(
            seen.filter((other) => other === id).length,
            1,
            `${asked} to show the item ${id} so often:`,
          );
        expectEqual(seen.length, new Set(seen).size, `${asked} to show each item once: the number of items`);
        const again = await idsOf(api, { sort: order, limit: 7 }, originals);
        const own = new Set(originals.map(({ id }) => id));
        expectEqual(
          again,
          seen.filter((id) => own.has(id)),
          `${asked} in pages of 7 to have the same order`,
        );
      }
    },
  },
  {
    id: 'PG3',
    group,
    title: 'the row under the cursor is deleted',
    expected: 'the walk goes on with the row that came after it',
    source: 'OWASP API4:2023; RFC 8288, section 3',
    mend: 'Let a cursor hold the values of the last row and compare with them; do not look the row up.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const [third, second, first] = [await api.create(), await api.create(), await api.create()] as const;
      const sort = newestFirst(api);
      for await (const { ids, next } of walk(api, { sort, limit: 1 })) {
        if (ids[0] !== first.id) continue;
        expectThat(next !== null, 'a nextCursor before two more items', next);
        for (const [deleted, following] of [
          [first, second],
          [second, third],
        ] as const) {
          expectStatus(await api.send({ method: 'DELETE', path: deleted.path, as: 'admin' }), 204);
          const page = await readPage(api, { sort, limit: 1, cursor: next });
          expectEqual(page.ids, [following.id], 'the page after the deleted item to hold the item');
        }
        return;
      }
      expectThat(false, `the list to hold the new item ${first.id}`, 'a list without it');
    },
  },
  {
    id: 'PG4',
    group,
    title: 'cursors cannot be made or changed',
    expected: "400 invalid-cursor for one that was changed, and for another order's or filter's",
    source: 'OWASP API8:2023; OWASP ASVS V2.2.1',
    mend: 'Sign the cursor over the position, the order and the filters, and check it before the query.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      await make(api, 3);
      const [sort, ...others] = api.resource.sorts;
      const { next: cursor } = await readPage(api, { sort, limit: 1 });
      expectThat(cursor !== null, 'a nextCursor: there are three items or more', cursor);
      await readPage(api, { sort, limit: 2, cursor });
      for (const changed of changesOf(cursor))
        await expectRefused(api, listPath(api, { sort, limit: 1, cursor: changed }), 'invalid-cursor');
      for (const broken of [cursor.slice(0, -5), `${cursor}A`, 'MTA', '2', encodeURIComponent("'")])
        await expectRefused(
          api,
          listPath(api, { sort, cursor: broken }),
          'invalid-cursor',
          'invalid-parameter',
        );
      for (const other of others)
        await expectRefused(api, listPath(api, { sort: other, cursor }), 'invalid-cursor');
      for (const [name, value] of someFilters(api))
        await expectRefused(api, listPath(api, { sort, cursor, [name]: value }), 'invalid-cursor');
    },
  },
  {
    id: 'PG5',
    group,
    title: 'the link to the next page',
    expected:
      'Link with rel="next" exactly when there is a next page; fetching it as it stands gives that page',
    source: 'RFC 8288, section 3',
    mend: 'Read one row more than asked for to know of a next page, and keep all other parameters in the link.',
    evidence: ['stateless'],
    needs: ['resource', 'writing'],
    quick: false,
    async run(api) {
      await moreThanAPage(api);
      for (const size of [50, 100])
        expectEqual(
          (await readPage(api, { limit: size })).items.length,
          size,
          `limit=${size} to give so many items:`,
        );
      const fields = ['id', ...api.resource.fields.filter((name) => name !== 'id').slice(0, 1)].join(',');
      let page = await readPage(api, { limit: 40, sort: newestFirst(api), fields });
      const shape = Object.keys(page.items[0]!);
      for (let pages = 1; ; pages += 1) {
        const link = nextOf(page);
        if (page.next === null || pages === 10) break;
        expectThat(link !== undefined, 'a Link with rel="next" beside a nextCursor', page.response.headers);
        const linked = await readPageAt(api, link);
        expectEqual(linked.size, 40, 'the link to keep the limit: pageSize');
        expectThat(linked.items.length > 0, 'items on the page that the link leads to', 'none');
        expectEqual(Object.keys(linked.items[0]!), shape, 'the link to keep the fields');
        const same = await readPage(api, { limit: 40, sort: newestFirst(api), fields, cursor: page.next });
        expectEqual(linked.ids, same.ids, 'the page of the link to be that of nextCursor');
        page = linked;
      }
      if (page.next !== null) return;
      expectEqual(nextOf(page) ?? null, null, 'the Link with rel="next" on the last page to be');
      // The rest of the list fills a page to the last place: there is still nothing behind it.
      const exact = await readPageAt(api, page.path.replace('limit=40', `limit=${page.items.length}`));
      expectEqual(exact.ids, page.ids, 'a page that takes just the rest of the list to hold');
      expectEqual([exact.next, nextOf(exact) ?? null], [null, null], 'its nextCursor and Link to be');
    },
  },
];

/** All orders of a list that is short enough; else the one that shows new items on the first pages. */
async function ordersToWalk(api: Api): Promise<(string | undefined)[]> {
  const byTime = [newestFirst(api)];
  if (!(await isShort(api))) return byTime;
  const { sorts } = api.resource;
  const other = sorts.find((order) => !/createdAt$/.test(order));
  return [...byTime, ...sorts.filter((order) => order === 'createdAt'), ...(other ? [other] : [])];
}

/** Walks in pages of one, each border between two rows being one between pages. @returns the ids as they came */
async function walkWhileInserting(api: Api, order: string | undefined, originals: Item[]): Promise<string[]> {
  const field = order?.replace(/^-/, '');
  const values: unknown[] = api.resource.filters[field ?? '']?.enum ?? [];
  const seen: string[] = [];
  const missing = new Set(originals.map(({ id }) => id));
  let since = 0;
  for await (const { ids, items } of walk(api, { sort: order, limit: 1 })) {
    const before = seen.length;
    seen.push(...ids);
    for (const id of ids) since = missing.delete(id) || missing.size > 0 ? 0 : since + 1;
    if (before < 8 && before % 2 === 1)
      // Where the order is by one of some values: the first and the last are before and behind the cursor.
      await Promise.all(
        (values.length > 0 ? [values[0], values.at(-1)] : [undefined]).map((value) =>
          api.create(undefined, value === undefined ? {} : { [field!]: value }),
        ),
      );
    if (order === '-createdAt' && items.length > 0 && since > 5) break;
  }
  return seen;
}

/** The originals in the order of the list. */
async function idsOf(api: Api, query: Parameters<typeof walk>[1], originals: Item[]): Promise<string[]> {
  const wanted = new Set(originals.map(({ id }) => id));
  const found: string[] = [];
  for await (const { ids } of walk(api, query)) {
    found.push(...ids.filter((id) => wanted.has(id)));
    if (found.length >= wanted.size) break;
  }
  return found;
}

/** The cursor with one character changed, at several places. Not at an end: the last bits of base64 may mean nothing. */
function changesOf(cursor: string): string[] {
  const inside = [...cursor.matchAll(/(?<=\w)\w(?=\w\w)/g)].map(({ index }) => index);
  const places = [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => inside[Math.floor(share * inside.length)]!);
  return places.map((place) => {
    const changed = cursor[place] === 'A' ? 'Q' : 'A';
    return cursor.slice(0, place) + changed + cursor.slice(place + 1);
  });
}

async function expectRefused(api: Api, path: string, ...slugs: string[]): Promise<void> {
  const response = await api.send({ path, as: 'reader' });
  const problem = expectProblem(response, 400);
  expectThat(
    slugs.some((slug) => isOfType(problem, slug)),
    `a problem of type ${slugs.join(' or ')} for ${path}`,
    problem.type,
  );
}

/** A value for each filter that has a list of them. */
function someFilters(api: Api): [string, string][] {
  return Object.entries(api.resource.filters).flatMap(([name, schema]: [string, Schema]) =>
    Array.isArray(schema.enum) ? [[name, String(schema.enum[0])] as [string, string]] : [],
  );
}

/** Target of the link to the next page as path and query; undefined without one (RFC 8288, section 3). */
function nextOf({ response, path }: Page): string | undefined {
  if (response.headers.link === undefined) return undefined;
  for (const link of expectHeader(response, 'Link').split(/,(?=\s*<)/)) {
    const [, target = '', parameters = ''] = /^\s*<([^>]*)>(.*)$/.exec(link) ?? [];
    const [, relations = ''] = /;\s*rel="?([^";]*)"?/i.exec(parameters) ?? [];
    if (!relations.toLowerCase().split(/\s+/).includes('next')) continue;
    const { pathname, search } = new URL(target, `http://localhost${path}`);
    return target.startsWith('/') ? target : `${pathname}${search}`;
  }
  return undefined;
}
