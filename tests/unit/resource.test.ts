import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalogOf } from '../../src/catalog/compile.js';
import { UserError } from '../../src/cli/errors.js';
import { namesOf } from '../../src/resources/names.js';
import { parseResources } from '../../src/resources/resource.js';

const { reserved } = catalogOf(path.resolve(import.meta.dirname, '../../templates'));

function refusal(...specs: string[]): UserError {
  try {
    parseResources(specs, reserved);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`accepted: ${specs.join('; ')}`);
}

test.each([
  ['category', 'category', 'categories', 'categories'],
  ['person', 'person', 'people', 'people'],
  ['news', 'news', 'news', 'news'],
  ['orderItem', 'orderItem', 'orderItems', 'order-items'],
  ['order_item', 'orderItem', 'orderItems', 'order-items'],
  ['order-items', 'orderItem', 'orderItems', 'order-items'],
  ['APIKey', 'apiKey', 'apiKeys', 'api-keys'],
])('%s is spelled %s, %s and /%s', (given, singular, plural, path) => {
  expect(namesOf(given)).toMatchObject({ singular, plural, path });
});

test('every type, with every mark', () => {
  const [, item] = parseResources(
    [
      'item: name:string(1,40)!, note:text?, qty:integer+, price:decimal, ok:boolean, kind:enum(a|b)+, tag:uuid, day:date+, due:datetime, orderId:ref(order)',
      'order: total:decimal',
    ],
    {},
  );
  expect(item!.fields.map(({ name, type }) => `${name}:${type}`)).toHaveLength(10);
  expect(item!.uniques.map(({ name }) => name)).toEqual(['name']);
  expect(item!.indexed.map(({ name }) => name)).toEqual(['qty', 'kind', 'day', 'orderId']);
  expect(item!.fields[1]!.schema).toMatchObject({ type: ['string', 'null'] });
  expect(item!.refs[0]!.refers).toMatchObject({ table: 'orders' });
});

test('the canonical spec says the same again', () => {
  const specs = parseResources(['Order-Item:  unit_price : decimal ,status:enum( a | b )?'], {}).map(
    ({ spec }) => spec,
  );
  expect(specs).toEqual(['orderItem: unitPrice:decimal, status:enum(a|b)?']);
  expect(parseResources(specs, {}).map(({ spec }) => spec)).toEqual(specs);
});

test('a resource comes after those it refers to; a circle is refused', () => {
  expect(parseResources(['a: b:ref(bee)', 'bee: n:integer'], {}).map(({ table }) => table)).toEqual([
    'bees',
    'as',
  ]);
  expect(parseResources(['node: parent:ref(node)?'], {})).toHaveLength(1);
  expect(refusal('one: two:ref(two)', 'two: one:ref(one)').problems[0]!.possible).toContain('circle');
});

test('a reference says what a deletion does, and only an optional one can become null', () => {
  const [customer, order] = parseResources(
    [
      'order: customerId:ref( customer , cascade ), agent:ref(customer, null)?, payer:ref(customer, restrict)',
      'customer: name:text',
    ],
    {},
  );
  expect(order!.spec).toBe(
    'order: customerId:ref(customer,cascade), agent:ref(customer,null)?, payer:ref(customer)',
  );
  expect(order!.refs.map(({ onDelete }) => onDelete)).toEqual(['cascade', 'set null', '']);
  expect(order!.refs.map(({ schema }) => schema['x-on-delete'])).toEqual(['cascade', 'null', 'restrict']);
  expect(customer!.released).toEqual([
    { table: 'orders', path: 'orders', field: 'customerId', deletes: true },
    { table: 'orders', path: 'orders', field: 'agent', deletes: false },
  ]);
  const { problems } = refusal('order: agent:ref(customer, null)', 'customer: boss:ref(customer)+');
  expect(problems.map(({ possible }) => possible)).toEqual([
    'only an optional field can become null; write agent:ref(customer,null)?',
    'refers to its own resource, whose first row could refer to none; write boss:ref(customer)?+',
  ]);
  expect(problems[1]!.command).toBe('create-scalable-api shop --resource "customer: boss:ref(customer)?+"');
});

test('filters are of indexed fields: ranges of numbers and times, lists of what can be told apart', () => {
  const [item] = parseResources(
    ['item: n:integer+, day:date+, ok:boolean+, price:decimal+, kind:enum(a|b)+, m:integer'],
    {},
  );
  expect(item!.filters.map(({ name }) => name)).toEqual([
    ...['createdAt[gte]', 'createdAt[lt]', 'n', 'n[gte]', 'n[lt]', 'n[in]', 'day', 'day[gte]', 'day[lt]'],
    ...['ok', 'price', 'kind', 'kind[in]'],
  ]);
});

test('a reference makes a list below, and can be included; two to one resource are told apart by filters', () => {
  const [, order] = parseResources(
    [
      'order: customerId:ref(customer), from:ref(place)?, fromId:ref(place)?',
      'customer: a:text',
      'place: a:text',
    ],
    {},
  )
    .sort((a, b) => Number(a.table === 'orders') - Number(b.table === 'orders'))
    .slice(1);
  expect(order!.nested.map(({ field }) => field.name)).toEqual(['customerId']);
  expect(order!.nested[0]!.filters.map(({ name }) => name)).not.toContain('customerId[in]');
  expect(order!.includes.map(({ name }) => name)).toEqual(['customer', 'from', 'fromId']);
});

describe('refused, with a reason', () => {
  test.each([
    ['order', 'write it as'],
    ['order: ', 'write it as'],
    ['bücher: title:text', 'ASCII'],
    [`${'x'.repeat(60)}: title:text`, 'at most'],
    [`${'aB'.repeat(20)}: title:text`, 'at most 48 characters'],
    ['pageMeta: title:text', 'what lists say'],
    ['me: title:text', 'signed-in account'],
    ['migration: title:text', 'table of applied'],
    ['idempotency-key: title:text', 'table of idempotency'],
    ['auth_accounts: title:text', 'tables and schemas of sign-in'],
    ['sqliteThing: title:text', "SQLite's own"],
    ['pg_thing: title:text', "PostgreSQL's own"],
    ['order: id:uuid', 'already'],
    ['order: createdAt:datetime', 'already'],
    ['order: __proto__:text', 'starting with a letter'],
    ['order: constructor:text', 'JavaScript'],
    ['order: then:text', 'JavaScript'],
    ['order: total:money', 'no type'],
    ['order: total', 'name:type'],
    ['order: name:string(5,2)', 'min'],
    ['order: status:enum()', 'enum(a|b|c)'],
    ['order: status:enum(a|a)', 'different'],
    ['order: customerId:ref(customer)', 'not among'],
    ['order: customerId:ref(order, remove)?', 'restrict|cascade|null'],
    ['order: customerId:ref(order, cascade, null)?', 'restrict|cascade|null'],
    ['order: include:integer+', 'query parameter'],
    ['order: parentId:ref(order)?, included:text', '`include` adds'],
    ['order: limit:integer+', 'query parameter'],
    ['order: note:text+', 'no index'],
    ['order: a:text, a:text', 'two fields'],
    ['order: a1:text, a_1:text', 'two fields "a1"'],
    ['order: xmin:integer', 'system column'],
    ['order: tableoid:integer', 'system column'],
    ["order: x');drop table y--:text", 'ASCII'],
  ])('%s', (spec, reason) => {
    const [problem] = refusal(spec).problems;
    expect(problem!.possible).toContain(reason);
    expect(problem!.command).toContain('create-scalable-api');
  });

  test.each([
    ['order', 'orders'],
    ['item1', 'item_1'],
    ['axe', 'axis'],
  ])('%s and %s, which are one name', (one, other) => {
    const { problems } = refusal(`${one}: a:text`, `${other}: b:text`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ possible: 'give each its own name' });
  });

  test.each(['Input', 'Patch', 'Page', 'Selection', 'SelectionPage', 'Included'])(
    'order%s beside order, which has a schema of that name',
    (suffix) => {
      const { problems } = refusal(`order${suffix}: a:text`, 'order: b:text');
      expect(problems).toHaveLength(1);
      expect(problems[0]!.given).toContain(`"order${suffix}"`);
      expect(problems[0]!.possible).toContain('"order" has a schema');
      expect(parseResources([`order${suffix}: a:text`], reserved)).toHaveLength(1);
    },
  );

  test('everything at once', () => {
    expect(refusal('order: id:uuid, total:money', 'bücher: a:text').problems).toHaveLength(3);
  });
});

test('a field may be called like a word of SQL or JavaScript', () => {
  const [group] = parseResources(['group: order:integer, select:text?, class:string(1,5)'], reserved);
  expect(group!.fields.map(({ column }) => column)).toEqual(['order', 'select', 'class']);
});

test('a column and its property lead to each other, also with digits and single letters', () => {
  const [order] = parseResources(['order: address_2:integer, lineNumber:integer, x_y_total:integer'], {});
  expect(order!.fields.map(({ name, column }) => [name, column])).toEqual([
    ['address2', 'address2'],
    ['lineNumber', 'line_number'],
    ['xYTotal', 'x_y_total'],
  ]);
});
