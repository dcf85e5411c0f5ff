import type { Api } from '../../cluster/api.js';
import type { Schema } from '../../contract/contract.js';
import { expectEqual, expectHeader, expectProblem, expectThat, isOfType } from '../../http/expectations.js';
import type { Row } from '../row.js';
import {
  listPath,
  make,
  moreThanAPage,
  newestFirst,
  type Page,
  readPage,
  readPageAt,
} from '../shared/pages.js';

const group = 'lists';

export const cursors: Row[] = [
  {
    id: 'PG4',
    group,
    title: 'cursors cannot be made or changed',
    expected: "400 invalid-cursor for one that was changed, and for another order's or filter's",
    source: 'Google AIP-158 (opaque page tokens)',
    remedy: 'Sign the cursor over the position, the order and the filters, and check it before the query.',
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
    remedy:
      'Read one row more than requested to detect a next page, and keep all other parameters in the link.',
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
        const link = nextOf(api, page);
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
      expectEqual(nextOf(api, page) ?? null, null, 'the Link with rel="next" on the last page to be');
      // The rest of the list fills a page to the last place: there is still nothing behind it.
      const exact = await readPageAt(api, page.path.replace('limit=40', `limit=${page.items.length}`));
      expectEqual(exact.ids, page.ids, 'a page that takes just the rest of the list to hold');
      expectEqual([exact.next, nextOf(api, exact) ?? null], [null, null], 'its nextCursor and Link to be');
    },
  },
];

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
function nextOf(api: Api, { response, path }: Page): string | undefined {
  if (response.headers.link === undefined) return undefined;
  for (const link of expectHeader(response, 'Link').split(/,(?=\s*<)/)) {
    const [, target = '', parameters = ''] = /^\s*<([^>]*)>(.*)$/.exec(link) ?? [];
    const [, relations = ''] = /;\s*rel="?([^";]*)"?/i.exec(parameters) ?? [];
    if (!relations.toLowerCase().split(/\s+/).includes('next')) continue;
    return api.pathOf(target, path);
  }
  return undefined;
}
