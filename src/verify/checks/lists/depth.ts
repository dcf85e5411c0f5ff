import type { Api, Item } from '../../cluster/api.js';
import { expectEqual, expectStatus, Mismatch } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { cursorBehind, listPath, make, newestFirst } from '../shared/pages.js';
import { tableOf } from '../shared/tables.js';

const rowsBefore = 100_000;
const rounds = 30;
const attempts = 3;
/** Tolerance for a busy machine, in milliseconds. */
const noise = { fastest: 2, p95: 5 };

/** A page whose time is compared with that of the first. */
interface MeasuredPage {
  what: string;
  path: string;
}

export const depth: Row[] = [
  {
    id: 'PG6',
    group: 'lists',
    title: 'a page costs the same at any depth',
    expected:
      'behind 100,000 rows, in each order and with each filter, p95 within twice that of the first page (and 5 ms)',
    source: 'use-the-index-luke.com, "Paging Through Results"; OWASP API4:2023',
    remedy:
      'Continue after the values of the last row (no OFFSET), and give each order and filter an index that ends with the id.',
    evidence: [],
    needs: ['started', 'database', 'resource', 'writing'],
    quick: false,
    alone: true,
    async run(api) {
      const items = [...(await make(api, 3)), await api.create()];
      const last = items.at(-1)!;
      const deep = await pagesBehind(api, last);
      const sort = newestFirst(api);
      const before = await Promise.all(deep.map(({ path }) => idsAt(api, path)));
      // The cursors were given before: now so many rows are in front of the place that they stand for.
      const remove = await api.fleet.sql.copies({
        table: tableOf(api.resource),
        id: last.id,
        count: rowsBefore,
      });
      try {
        for (const [place, { what, path }] of deep.entries())
          expectEqual(
            await idsAt(api, path),
            before[place],
            `${what} to be the same as before rows were inserted in front:`,
          );
        const pages = [...deep, ...firstPages(api, last)];
        await expectSameTime(api, { what: 'the first page', path: listPath(api, { sort, limit: 2 }) }, pages);
      } finally {
        await remove();
      }
    },
  },
];

/** In milliseconds. The fastest has the least noise of other processes. */
interface Times {
  fastest: number;
  p95: number;
}

/** Pages right behind the item, in each order that has newer items before it. */
async function pagesBehind(api: Api, item: Item): Promise<MeasuredPage[]> {
  const downwards = api.resource.sorts.filter((order) => order.startsWith('-'));
  const asked: MeasuredPage[] = [];
  for (const sort of downwards) {
    const cursor = await cursorBehind(api, item.id, { sort });
    if (cursor !== undefined)
      asked.push({
        what: `a page behind 100,000 rows by sort=${sort}`,
        path: listPath(api, { sort, limit: 2, cursor }),
      });
  }
  return asked;
}

/** The first page in each order, and with a value of each filter that the copies of the item do not have. */
function firstPages(api: Api, { body }: Item): MeasuredPage[] {
  const { sorts, filters } = api.resource;
  const ordered = sorts.map((sort) => ({
    what: `the first page by sort=${sort}`,
    path: listPath(api, { sort, limit: 2 }),
  }));
  const filtered = Object.entries(filters).flatMap(([name, schema]): MeasuredPage[] => {
    const value = (schema.enum as unknown[] | undefined)?.find((other) => other !== body[name]);
    if (value === undefined) return [];
    const path = listPath(api, { sort: newestFirst(api), [name]: String(value), limit: 2 });
    return [{ what: `the first page with ${name}=${value}`, path }];
  });
  return [...ordered, ...filtered];
}

/** In turn, so that what else the machine does slows all of them. Once is enough: a scan of the table is always slow. */
async function expectSameTime(api: Api, reference: MeasuredPage, pages: MeasuredPage[]): Promise<void> {
  let slow: Mismatch | undefined;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const times = new Map<MeasuredPage, number[]>([reference, ...pages].map((asked) => [asked, []]));
    for (let round = 0; round < rounds; round += 1)
      for (const [{ path }, list] of times) list.push(await timeOf(api, path));
    const wanted = limits(times.get(reference)!);
    const slowest = pages.find((asked) => {
      const { fastest, p95 } = summaryOf(times.get(asked)!);
      return fastest > wanted.fastest || p95 > wanted.p95;
    });
    if (!slowest) return;
    const { fastest, p95 } = summaryOf(times.get(slowest)!);
    slow = new Mismatch(
      `${slowest.what} in ${shown(wanted.fastest)} (fastest) and ${shown(wanted.p95)} (p95) at most`,
      `${shown(fastest)} and ${shown(p95)}`,
    );
  }
  throw slow!;
}

function limits(times: number[]): Times {
  const { fastest, p95 } = summaryOf(times);
  return { fastest: 2 * fastest + noise.fastest, p95: 2 * p95 + noise.p95 };
}

function summaryOf(times: number[]): Times {
  const sorted = [...times].sort((a, b) => a - b);
  return { fastest: sorted[0]!, p95: sorted[Math.ceil(0.95 * sorted.length) - 1]! };
}

async function timeOf(api: Api, path: string): Promise<number> {
  const response = await api.send({ path, to: api.fleet.instances[0]!.url, as: 'reader' });
  expectStatus(response, 200);
  return response.ms;
}

async function idsAt(api: Api, path: string): Promise<string[]> {
  const response = await api.send({ path, as: 'reader' });
  expectStatus(response, 200);
  return response.json().data.map(({ id }: { id: unknown }) => String(id));
}

function shown(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
