import type { Api, Item } from '../../cluster/api.js';
import type { Operator, Resource } from '../../contract/contract.js';
import { expectEqual, expectThat } from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';
import { comparable, expectParameterRefused, readPageAt } from '../shared/pages.js';

const group = 'lists';
const comparisons: Record<string, (own: number, value: number) => boolean> = {
  gte: (own, value) => own >= value,
  gt: (own, value) => own > value,
  lte: (own, value) => own <= value,
  lt: (own, value) => own < value,
};

export const ranges: Row[] = [
  {
    id: 'FS4',
    group,
    title: 'ranges of a list',
    expected:
      '`field[gte]` and the like: just the items in that range, on every page; 400 invalid-parameter for a value of another type',
    source: 'OWASP ASVS V2.2.1 (allow lists); Google AIP-158 (page tokens belong to a request)',
    remedy: 'Name each range in the contract, compare in the database, and sign the cursor over the filters.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      await forEachOperator(
        api,
        (operator) => operator in comparisons,
        async (resource, operator, items) => {
          const holds = comparisons[operator.operator]!;
          for (const { body } of items) {
            const value = comparable(body[operator.field]);
            if (value === undefined) continue;
            const query = `${encodeURIComponent(operator.name)}=${encodeURIComponent(String(body[operator.field]))}`;
            await expectFound(api, resource, query, items, (own) => {
              const given = comparable(own[operator.field]);
              return given !== undefined && holds(given, value);
            });
          }
          await expectRefused(api, resource, operator, 'no such value');
        },
      );
    },
  },
  {
    id: 'FS5',
    group,
    title: 'one of some values',
    expected:
      '`field[in]=a,b`: just the items with one of these values, on every page; 400 invalid-parameter for a value of another type',
    source: 'OpenAPI 3.1 (style form without explode); OWASP API4:2023',
    remedy:
      'Bound the number of values, check each by the schema of its field, and compare with a list in the database.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      await forEachOperator(
        api,
        (operator) => operator === 'in',
        async (resource, operator, items) => {
          const given = items
            .map(({ body }) => body[operator.field])
            .filter((value) => value != null && !String(value).includes(','));
          for (const values of [given.slice(0, 1), given.slice(0, 2)].filter(({ length }) => length > 0)) {
            const list = values.map((value) => encodeURIComponent(String(value))).join(',');
            const query = `${encodeURIComponent(operator.name)}=${list}`;
            await expectFound(api, resource, query, items, (own) => values.includes(own[operator.field]));
          }
          const { enum: names, format, type } = operator.schema.items ?? {};
          if (names || format || type === 'integer')
            await expectRefused(api, resource, operator, [...given.slice(0, 1), 'no such value'].join(','));
        },
      );
    },
  },
];

/** Does the work for each such operator of each collection that can be written, with some items. */
async function forEachOperator(
  api: Api,
  wanted: (operator: string) => boolean,
  work: (resource: Resource, operator: Operator, items: Item[]) => Promise<void>,
): Promise<void> {
  let found = false;
  for (const resource of api.contract.resources) {
    const operators = resource.operators.filter(({ operator }) => wanted(operator));
    if (operators.length === 0) continue;
    found = true;
    const items = [await api.create(resource), await api.create(resource), await api.create(resource)];
    for (const operator of operators) await work(resource, operator, items);
  }
  if (!found)
    throw new NotApplicable(
      'the document describes no parameter of a list that compares a field (field[gte], field[in])',
    );
}

/** @throws Mismatch unless the pages hold just items that are asked for, and those of the given ones that are */
async function expectFound(
  api: Api,
  { path }: Resource,
  query: string,
  items: readonly Item[],
  asked: (body: Record<string, unknown>) => boolean,
): Promise<void> {
  const wanted = new Set(items.filter(({ body }) => asked(body)).map(({ id }) => id));
  let cursor = '';
  for (let pages = 0; pages < 50; pages += 1) {
    const page = await readPageAt(api, `${path}?${query}&limit=${pages === 0 ? 2 : 100}${cursor}`);
    const wrong = page.items.find((item) => !asked(item));
    expectThat(wrong === undefined, `only items with ${query} on page ${pages + 1}`, JSON.stringify(wrong));
    for (const id of page.ids) wanted.delete(id);
    if (page.next === null) {
      expectEqual([...wanted], [], `the items with ${query} that are on no page:`);
      return;
    }
    cursor = `&cursor=${page.next}`;
  }
}

function expectRefused(api: Api, { path }: Resource, { name }: Operator, value: string): Promise<void> {
  const query = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  return expectParameterRefused(api, `${path}?${query}`, name);
}
