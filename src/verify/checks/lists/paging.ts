import type { Api, Item } from '../../cluster/api.js';
import { expectEqual, expectProblem, expectThat, summary } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { isShort, listPath, make, newestFirst, type Query, readPage, walk } from '../shared/pages.js';

const group = 'lists';
const mostSteps = 1000;

export const paging: Row[] = [
  {
    id: 'PG1',
    group,
    title: 'the size of a page',
    expected: 'limit from 1 to 100 is honoured, 50 without one; anything else is 400, not clamped',
    source: 'OWASP API4:2023 (unrestricted resource consumption)',
    remedy:
      'Give the parameter a minimum, a maximum and a default in the contract, and validate it before the query.',
    evidence: [],
    needs: ['resource', 'writing', 'limit'],
    quick: true,
    async run(api) {
      await make(api, 3);
      if (!api.contract.style.ownLists) return expectForeignSizes(api);
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
    source: 'use-the-index-luke.com, "Paging Through Results"',
    remedy:
      'Continue after the values of the last row, compared as one tuple that ends with the id; never by an offset.',
    evidence: ['stateless'],
    needs: ['resource', 'writing', 'cursor'],
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
    source: 'use-the-index-luke.com, "Paging Through Results"',
    remedy: 'Let a cursor hold the values of the last row and compare with them; do not look the row up.',
    evidence: [],
    needs: ['resource', 'writing', 'cursor'],
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
          const gone = await api.send({ method: 'DELETE', path: deleted.path, as: 'admin' });
          expectThat(gone.status < 300, 'status 2xx for DELETE', summary(gone));
          const page = await readPage(api, { sort, limit: 1, cursor: next });
          expectEqual(page.ids, [following.id], 'the page after the deleted item to hold the item');
        }
        return;
      }
      expectThat(false, `the list to hold the new item ${first.id}`, 'a list without it');
    },
  },
];

/** As far as the document says it: sizes that it allows, and those that it does not, which may be refused or made smaller. */
async function expectForeignSizes(api: Api): Promise<void> {
  const { names, limit } = api.resource;
  const { minimum = 1, maximum, default: usual } = limit;
  for (const size of [1, 2, maximum ?? 3].filter((one) => one >= minimum)) {
    const { items } = await readPage(api, { limit: size });
    const full = size <= 3 ? items.length === size : items.length <= size;
    expectThat(full, `${size} items for ${names.limit}=${size}`, `${items.length} items`);
  }
  if (typeof usual === 'number') {
    const { items } = await readPage(api, {});
    expectThat(items.length <= usual, `${usual} items at most without ${names.limit}`, `${items.length}`);
  }
  for (const wrong of [
    minimum > 0 ? minimum - 1 : -1,
    ...(maximum === undefined ? [] : [maximum + 1]),
    'abc',
  ]) {
    const response = await api.send({ path: listPath(api, { limit: wrong }), as: 'reader' });
    expectThat(response.status < 500, `4xx for ${names.limit}=${wrong}`, summary(response));
    if (response.status >= 400 || wrong === 'abc') expectProblem(response, 400, 'invalid-parameter');
  }
}

/** All orders of a list that is short enough; else the one that shows new items on the first pages. */
async function ordersToWalk(api: Api): Promise<(string | undefined)[]> {
  const byTime = [newestFirst(api)];
  if (!(await isShort(api))) return byTime;
  const { sorts } = api.resource;
  const other = sorts.find((order) => !/createdAt$/.test(order));
  return [...byTime, ...sorts.filter((order) => order === 'createdAt'), ...(other ? [other] : [])];
}

/** Walks in pages of one, so that there is a cursor between any two rows. @returns the ids as they came */
async function walkWhileInserting(api: Api, order: string | undefined, originals: Item[]): Promise<string[]> {
  const newestComeFirst = order === undefined || order === '-createdAt';
  const seen: string[] = [];
  let behind = 0;
  for await (const { ids } of walk(api, { sort: order, limit: 1 })) {
    const count = seen.push(...ids);
    if (count < 10 && count % 2 === 0) await insert(api, order);
    behind = originals.every(({ id }) => seen.includes(id)) ? behind + 1 : 0;
    // The newest come first: what follows is as long as the list.
    if (count === mostSteps || (behind > 5 && newestComeFirst)) break;
  }
  return seen;
}

/** Where the order is by one of some values, with the first and the last: before the cursor and behind it. */
async function insert(api: Api, order = ''): Promise<void> {
  const field = order.replace(/^-/, '');
  const values: unknown[] = api.resource.filters[field]?.enum ?? [];
  const changes = values.length > 0 ? [{ [field]: values[0] }, { [field]: values.at(-1) }] : [{}];
  for (const change of changes) await api.create(undefined, change);
}

/** The originals in the order of the list. */
async function idsOf(api: Api, query: Query, originals: Item[]): Promise<string[]> {
  const wanted = new Set(originals.map(({ id }) => id));
  const found: string[] = [];
  for await (const { ids } of walk(api, query)) {
    found.push(...ids.filter((id) => wanted.has(id)));
    if (found.length >= wanted.size) break;
  }
  return found;
}
