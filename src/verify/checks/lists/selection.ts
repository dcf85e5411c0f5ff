import type { Api, Item } from '../../cluster/api.js';
import type { Schema } from '../../contract/contract.js';
import { expectEqual, expectStatus, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import {
  comparable,
  expectParameterRefused,
  listPath,
  make,
  newestFirst,
  readPage,
} from '../shared/pages.js';
import { columnOf, tableOf } from '../shared/tables.js';

const group = 'lists';

export const selection: Row[] = [
  {
    id: 'FS1',
    group,
    title: 'only the requested fields',
    expected:
      '`fields` of a list and of an item: just those; 400 invalid-parameter for one that is not known',
    source: 'Google AIP-157 (partial responses)',
    remedy: 'Check the names against the fields of the contract, and take the answer apart by them.',
    evidence: [],
    needs: ['resource', 'writing', 'fields'],
    quick: true,
    async run(api) {
      if (!api.contract.style.ownLists) return expectForeignSelection(api);
      const item = await api.create();
      const [own] = ownFields(api);
      for (const names of [['id', own], [own], ['createdAt', 'id']] as string[][]) {
        const fields = names.join(',');
        const list = await readPage(api, { fields, limit: 2, sort: newestFirst(api) });
        const single = await api.send({ path: `${item.path}?fields=${fields}`, as: 'reader' });
        expectStatus(single, 200);
        for (const entry of [...list.items, single.json()])
          expectEqual(Object.keys(entry).sort(), [...names].sort(), `with fields=${fields} the members`);
        for (const name of names)
          expectEqual(single.json()[name], item.body[name], `with fields=${fields} the member "${name}"`);
      }
      for (const fields of ['no_such_field', `id,${own},nothing`, '__proto__', 'constructor', 'ID'])
        for (const path of [listPath(api, { fields }), `${item.path}?fields=${fields}`])
          await expectParameterRefused(api, path, 'fields');
    },
  },
  {
    id: 'FS2',
    group,
    title: 'orders and filters of the contract, and no others',
    expected: 'each order sorts and each filter filters; anything else is 400 invalid-parameter',
    source: 'OWASP ASVS V2.2.1 (allow lists); OWASP API4:2023',
    remedy:
      'Make the orders an enumeration of the contract, name each filter there, and refuse other parameters.',
    evidence: [],
    needs: ['resource', 'writing', 'filters'],
    quick: true,
    async run(api) {
      const { sorts, filters, fields, path } = api.resource;
      await make(api, 5);
      for (const order of sorts) {
        const field = order.replace(/^-/, '');
        const { items } = await readPage(api, { sort: order });
        expectSorted(
          items.map((item) => item[field]),
          order,
        );
      }
      const item = await api.create();
      // Elsewhere, what is not described may be ignored, and a text may be a part of the value.
      if (!api.contract.style.ownLists) return;
      for (const [name, schema] of Object.entries(filters)) await expectFilter(api, item, name, schema);
      expectThat(
        sorts.includes('-createdAt'),
        'sort=-createdAt in the contract',
        sorts.join(', ') || 'no order',
      );
      const unsorted = [...fields, 'no_such_field'].filter((name) => !sorts.includes(name));
      for (const order of [...unsorted.flatMap((name) => [name, `-${name}`]), 'createdAt;--', '']) {
        if (!sorts.includes(order)) await expectParameterRefused(api, listPath(api, { sort: order }), 'sort');
      }
      for (const name of fields.filter((other) => !(other in filters)))
        await expectParameterRefused(api, `${path}?${name}=x`, name);
    },
  },
  {
    id: 'FS3',
    group,
    title: 'only the requested columns are read',
    expected: '200 for `fields` without a column that the database does not have any more',
    source: 'Google AIP-157 (partial responses); OWASP API4:2023',
    remedy: 'Select just the columns of the requested fields and of the order.',
    evidence: [],
    needs: ['started', 'database', 'fields', 'resource', 'writing'],
    quick: false,
    async run(api) {
      const item = await api.create();
      const [own, ...others] = ownFields(api).filter((name) => !api.resource.sorts.includes(name));
      const away = columnOf((others.length > 0 ? others : [own]).at(-1)!);
      const fields = others.length > 0 ? `id,${own}` : 'id,createdAt';
      const rename = (from: string, to: string) =>
        api.fleet.sql.query(`alter table ${tableOf(api.resource)} rename column "${from}" to "${to}"`);
      await rename(away, `${away}_away`);
      try {
        await readPage(api, { fields, limit: 2 });
        expectStatus(await api.send({ path: `${item.path}?fields=${fields}`, as: 'reader' }), 200);
        // The column is dropped at last.
        expectStatus(await api.send({ path: listPath(api, { limit: 2 }), as: 'reader' }), 500);
      } finally {
        await rename(`${away}_away`, away);
      }
    },
  },
];

/** Just the fields that were asked for; others would mean that the parameter does nothing. */
async function expectForeignSelection(api: Api): Promise<void> {
  await api.create();
  const { id = 'id' } = api.resource.names;
  const [own = id] = ownFields(api);
  const { items } = await readPage(api, { fields: own, limit: 2 });
  const other = items.flatMap((item) => Object.keys(item)).find((name) => ![own, id].includes(name));
  expectThat(other === undefined, `with ${api.resource.names.fields}=${own} no member "${other}"`, items[0]);
}

/** Fields that a caller gives. */
function ownFields(api: Api): string[] {
  return Object.keys((api.resource.input.properties ?? {}) as Record<string, Schema>).filter((name) =>
    api.resource.fields.includes(name),
  );
}

/**
 * Numbers and times have one order in every language. Of texts, which databases sort by their own rules, the same ones
 * have to stand together.
 */
function expectSorted(values: unknown[], order: string): void {
  const shown = JSON.stringify(values);
  const numbers = values.map(comparable);
  if (numbers.every((value) => value !== undefined)) {
    const direction = order.startsWith('-') ? -1 : 1;
    const sorted = numbers.every(
      (value, place) => place === 0 || direction * (value - numbers[place - 1]!) >= 0,
    );
    expectThat(sorted, `the list by sort=${order} in that order`, shown);
  }
  const starts = values.filter((value, place) => place === 0 || value !== values[place - 1]);
  expectThat(starts.length === new Set(starts).size, `equal values side by side by sort=${order}`, shown);
}

async function expectFilter(api: Api, item: Item, name: string, schema: Schema): Promise<void> {
  const value = item.body[name];
  if (value !== null && value !== undefined) {
    const { items, ids } = await readPage(api, { [name]: String(value), sort: newestFirst(api) });
    expectThat(ids.includes(item.id), `the new item among those with ${name}=${value}`, ids);
    for (const other of items) expectEqual(other[name], value, `with ${name}=${value} the member "${name}"`);
  }
  const values: unknown[] = schema.enum ?? [];
  for (const other of values.filter((entry) => entry !== value)) {
    const { ids } = await readPage(api, { [name]: String(other), sort: newestFirst(api) });
    expectThat(!ids.includes(item.id), `the new item not among those with ${name}=${other}`, ids);
  }
  const closed = values.length > 0 || schema.format || ['integer', 'number', 'boolean'].includes(schema.type);
  if (closed) await expectParameterRefused(api, listPath(api, { [name]: 'no such value' }), name);
}
