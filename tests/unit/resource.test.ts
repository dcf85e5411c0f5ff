import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandFor } from '../../src/answers/command-line.js';
import { answersWith, resolveAnswers } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { UserError } from '../../src/cli/errors.js';
import { isHistory } from '../../src/resources/history.js';
import { namesOf } from '../../src/resources/names.js';
import { parseResources, type Resource } from '../../src/resources/resource.js';
import { postgresqlStatements } from '../../templates/migrations/postgresql/helpers.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const { reserved } = catalog;

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

test.each([
  ['age:integer(0, 150)=18', 'age:integer(0,150)=18', { minimum: 0, maximum: 150, default: 18 }],
  ['bio:text(1,80)', 'bio:text(1,80)', { minLength: 1, maxLength: 80 }],
  [
    'price:decimal( 10, 2, min=0 )',
    'price:decimal(10,2,min=0)',
    { pattern: '^(0|[1-9][0-9]{0,7})(\\.[0-9]{1,2})?$' },
  ],
  ['rate:decimal(5,2,min=0.01)', 'rate:decimal(5,2,min=0.01)', { 'x-minimum': '0.01' }],
  ['ratio:decimal(3,3)', 'ratio:decimal(3,3)', { pattern: '^-?0(\\.[0-9]{1,3})?$' }],
  ['count:decimal(9)', 'count:decimal(9,0)', { pattern: '^-?(0|[1-9][0-9]{0,8})$' }],
  ['mail:email!', 'mail:email!', { format: 'email', 'x-unique': true }],
  ['site:url?', 'site:url?', { format: 'uri', type: ['string', 'null'] }],
  ['total:money', 'total:money', { type: 'object', required: ['amount', 'currency'] }],
  ['meta:json={"a": [1, 2]}', 'meta:json={"a":[1,2]}', { type: 'object', default: { a: [1, 2] } }],
  ['tags:string(1,9)[]', 'tags:string(1,9)[]', { type: 'array', minItems: 0, maxItems: 20 }],
  ['tags:string[2,5]!=["a","b"]', 'tags:string[2,5]!=["a","b"]', { uniqueItems: true, default: ['a', 'b'] }],
  ['status:enum(open|closed)+ = open', 'status:enum(open|closed)+=open', { default: 'open' }],
  ["note:text='a, b''s'", "note:text='a, b''s'", { default: "a, b's" }],
  ["note:text=''", "note:text=''", { default: '' }],
  ['ok:boolean=false', 'ok:boolean=false', { default: false }],
  [
    'at:datetime=2026-01-01T01:00:00+01:00',
    "at:datetime='2026-01-01T00:00:00.000Z'",
    { default: '2026-01-01T00:00:00.000Z' },
  ],
])('%s is %s', (given, spec, schema) => {
  const [resource] = parseResources([`thing: ${given}, other:integer`], {});
  expect(resource!.spec).toBe(`thing: ${spec}, other:integer`);
  expect(resource!.fields[0]!.inputSchema).toMatchObject(schema);
  expect(parseResources([resource!.spec], {})[0]!.fields[0]).toEqual(resource!.fields[0]);
});

test('a field with a default may be left out, and only bodies that create or replace have it', () => {
  const [thing] = parseResources(['thing: status:enum(a|b)=a, note:text?, name:string'], {});
  expect(thing!.required).toEqual(['name']);
  expect(thing!.fields[0]!.schema).not.toHaveProperty('default');
});

test('examples keep the bounds of their field', () => {
  const [thing] = parseResources(
    [
      'thing: a:integer(5,6), b:decimal(2,1,min=0.5,max=1.5), c:enum(x|y)[2]!, d:decimal(1,0), e:string(2,2)[3,3]',
    ],
    {},
  );
  expect(thing!.fields.map(({ examples }) => examples)).toEqual([
    [5, 5, 6, 5],
    ['0.5', '1.5', '1', '0.5'],
    [
      ['y', 'x'],
      ['x', 'y'],
      ['y', 'x'],
      ['x', 'y'],
    ],
    ['0', '1', '-1', '0'],
    [
      ['01', '02', '03'],
      ['02', '03', '04'],
      ['03', '04', '01'],
      ['04', '01', '02'],
    ],
  ]);
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
    { table: 'orders', path: 'orders', field: 'customerId', deletes: true, tenant: false },
    { table: 'orders', path: 'orders', field: 'agent', deletes: false, tenant: false },
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
    ['me: title:text', 'signed-in caller'],
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
    ['order: total:mony', '"mony" is no type; did you mean money?'],
    ['order: rank:integer(5,2)', 'integer(min,max)'],
    ['order: rank:integer(0,3000000000)', 'integer(min,max)'],
    ['order: rank:integer(0,150)!', 'room'],
    ['order: price:decimal(2,3)', 'precision'],
    ['order: price:decimal(10,2,mni=0)', 'did you mean min?'],
    ['order: price:decimal(4,2,max=1000)', 'more digits'],
    ['order: price:decimal(10,2,min=5,max=1)', 'larger'],
    ['order: notes:text[]', 'string(min,max)[]'],
    ['order: others:ref(order)[]', 'resource of the pairs'],
    ['order: tags:string[0]', 'type[max]'],
    ['order: tags:string[]+', 'no index'],
    ['order: meta:json!', 'cannot be unique'],
    ['order: status:enum(a|b)=c', 'status:enum(a|b)='],
    ['order: due:date=2026-02-30', 'due:date='],
    ['order: site:url=ftp://example.com', 'site:url='],
    ['order: sku:string!=a', 'no default'],
    ['order: price:money=1', 'no default'],
    ['order: tags:string(1,3)[2]!=["a","a"]', 'tags:string(1,3)[2]='],
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
    expect(refusal('order: id:uuid, total:mony', 'bücher: a:text').problems).toHaveLength(3);
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

describe('the history of resources', () => {
  const product = 'product: name:string';
  const order = 'order: total:decimal';
  const referring = 'product: name:string, orderId:ref(order)?';
  const shop = answersWith(catalog, { resources: [product, order] });
  const [first, second] = shop.resources;
  const changed = { ...first!, changes: [{ to: referring, migration: 103 }] };

  test('a reference that is added later leaves numbers of migrations and ids of samples as they are', () => {
    const before = parseResources(shop.resources, reserved);
    const after = parseResources([changed, second!], reserved);
    const kept = (resources: Resource[]) =>
      Object.fromEntries(
        resources.map(({ singular, number, samples }) => [singular, [number, samples.map(({ id }) => id)]]),
      );
    expect(kept(after)).toEqual(kept(before));
    expect(after.map(({ singular, seedNumber }) => [singular, seedNumber])).toEqual([
      ['order', '0102'],
      ['product', '0103'],
    ]);
    expect(after[1]!.samples[0]!.body.orderId).toBe(after[0]!.samples[0]!.id);
  });

  test('specs, and the answers of a manifest of format 1, get a history', () => {
    expect(shop.resources).toEqual([
      { name: 'product', number: 101, spec: product, changes: [] },
      { name: 'order', number: 102, spec: order, changes: [] },
    ]);
    const old = resolveAnswers(catalog, { ...shop, resources: [order, referring] });
    expect(old.answers.resources.map(({ name, number }) => [name, number])).toEqual([
      ['order', 101],
      ['product', 102],
    ]);
  });

  test('a new resource has the number after all others', () => {
    const { answers } = resolveAnswers(catalog, {
      ...shop,
      resources: ['note: text:text', changed, second!],
    });
    expect(answers.resources.map(({ name, number }) => [name, number])).toEqual([
      ['product', 101],
      ['order', 102],
      ['note', 104],
    ]);
    expect(answers.resources[0]).toEqual(changed);
  });

  test('one number cannot be that of two migrations', () => {
    const twice = { ...second!, changes: [{ to: order, migration: 103 }] };
    expect(() => parseResources([changed, twice], reserved)).toThrow(/two migrations with the number 103/);
  });

  test('the command has the specs of today, an answers file the history', () => {
    expect(commandFor(catalog, { ...shop, resources: [changed, second!] }, 'shop')).toContain(
      `--resource '${referring}' --resource '${order}'`,
    );
    expect([isHistory(changed), isHistory({ ...changed, number: '101' })]).toEqual([true, false]);
    expect(isHistory({ ...changed, changes: [{ to: product }] })).toBe(false);
    expect(isHistory({ ...changed, after: '"; import os' })).toBe(false);
  });
});

describe('rows that belong to callers', () => {
  const specs = [
    'order(owned): number:string!, productId:ref(product)',
    'line( owned ): orderId:ref(order, cascade)',
    'product: name:string!',
  ];

  test('have a column with the owner, which is no field', () => {
    const [product, order, line] = parseResources(specs, reserved);
    expect([product!.owned, order!.owned, line!.owned]).toEqual([false, true, true]);
    expect([product!.spec, line!.spec]).toEqual([
      'product: name:string!',
      'line(owned): orderId:ref(order,cascade)',
    ]);
    expect(order!.made.fields.map(({ column }) => column)).toEqual(['owner_id', 'number', 'product_id']);
    expect(order!.fields.map(({ column }) => column)).toEqual(['number', 'product_id']);
    expect(line!.ownedRefs.map(({ name }) => name)).toEqual(['orderId']);
    expect(order!.ownedRefs).toEqual([]);
  });

  test('have values that are unique for each owner', () => {
    const [product, order] = parseResources(specs, reserved);
    expect(order!.made.keys.map(({ column }) => column)).toEqual(['number']);
    expect(product!.made.keys).toEqual([]);
  });

  test.each([
    [['order(mine): total:decimal'], /the marks of a resource are \(owned\): .*; \(tenant\): /],
    [['order(): total:decimal'], /the marks of a resource are \(owned\)/],
    [['order(owned): ownerId:string'], /"ownerId"/],
    [
      ['order(owned): total:decimal', 'line: orderId:ref(order)'],
      /for their owners alone; write line\(owned\)/,
    ],
  ])('%j is refused with the reason', (given, reason) => {
    const [problem] = refusal(...given).problems;
    expect(`${problem!.given}: ${problem!.possible}`).toMatch(reason);
  });

  test('are refused where nobody signs in, with a command that works', () => {
    const answers = answersWith(catalog, { framework: 'fastify', auth: 'none' });
    const given = { ...answers, resources: ['order(owned): total:decimal'] };
    let problem: { command?: string | undefined } | undefined;
    try {
      resolveAnswers(catalog, given);
    } catch (error) {
      [problem] = (error as UserError).problems;
    }
    expect(problem).toMatchObject({
      given: 'auth=none with resource "order(owned)"',
      possible: expect.stringContaining('auth=jwt'),
    });
    expect(problem!.command).toMatch(/^create-scalable-api add auth=[a-z-]+$/);
    const auth = answersWith(catalog, { framework: 'fastify' }).auth;
    expect(resolveAnswers(catalog, { ...given, auth }).resources[0]!.owned).toBe(true);
  });
});

describe('rows that belong to tenants', () => {
  const specs = [
    'order(tenant): number:string!, ownerId:string, productId:ref(product)',
    'line( tenant ): orderId:ref(order, cascade)',
    'product: name:string!',
  ];

  test('have a column with the tenant, which is no field', () => {
    const [product, order, line] = parseResources(specs, reserved);
    expect([product!.guarded, order!.guarded, order!.tenant, order!.owned]).toEqual([
      ...[false, true, true, false],
    ]);
    expect(line!.spec).toBe('line(tenant): orderId:ref(order,cascade)');
    expect(order!.made.fields.map(({ column }) => column)).toEqual([
      ...['tenant_id', 'number', 'owner_id', 'product_id'],
    ]);
    expect(order!.keeper).toMatchObject({ name: 'tenantId', column: 'tenant_id' });
    expect(order!.made.keys.map(({ column, within }) => [within, column])).toEqual([['tenant_id', 'number']]);
    expect([line!.guardedRefs.map(({ name }) => name), line!.ownedRefs]).toEqual([['orderId'], []]);
    expect(order!.released).toEqual([
      { table: 'lines', path: 'lines', field: 'orderId', deletes: true, tenant: true },
    ]);
    // Roles say what callers may do, as for rows of everybody.
    expect([order!.byRole, product!.byRole]).toEqual([true, true]);
  });

  test.each([
    [['order(tenant): tenantId:string'], /"tenantId" is the tenant of a row/],
    [
      ['order(tenant): total:decimal', 'line: orderId:ref(order)'],
      /for their tenants alone; write line\(tenant\)/,
    ],
    [
      ['order(tenant): total:decimal', 'line(owned): orderId:ref(order)'],
      /for their tenants alone; write line\(tenant\)/,
    ],
    [
      ['order(owned): total:decimal', 'line(tenant): orderId:ref(order)'],
      /for their owners alone; write line\(owned\)/,
    ],
    [
      ['product: name:string', 'line(tenant): productId:ref(product, cascade)'],
      /whose rows all tenants share: one tenant that deletes such a row would change rows of the others/,
    ],
    [['product: name:string', 'line(tenant): productId:ref(product, null)?'], /whose rows all tenants share/],
  ])('%j is refused with the reason', (given, reason) => {
    const [problem] = refusal(...given).problems;
    expect(`${problem!.given}: ${problem!.possible}`).toMatch(reason);
  });

  test('are refused where nobody signs in', () => {
    const answers = answersWith(catalog, { framework: 'fastify', auth: 'none' });
    const given = { ...answers, resources: ['order(tenant): total:decimal', 'note(owned): text:string'] };
    let problems: readonly { given?: string | undefined }[] = [];
    try {
      resolveAnswers(catalog, given);
    } catch (error) {
      problems = (error as UserError).problems;
    }
    expect(problems.map((problem) => problem.given)).toEqual([
      'auth=none with resource "order(tenant)"',
      'auth=none with resource "note(owned)"',
    ]);
  });

  test('are changed by migrations whatever policy keeps them apart', () => {
    const [column] = parseResources(specs, reserved)[1]!.fields;
    const operation = { does: 'copy', table: 'orders', column: { ...column!, replaces: 'code' } };
    const statements = postgresqlStatements([operation as never]);
    expect([statements.length, statements[0], statements.at(-1)]).toEqual([
      3,
      'alter table "orders" no force row level security',
      'alter table "orders" force row level security',
    ]);
    const shared = { ...operation, column: { ...operation.column, within: undefined } };
    expect(postgresqlStatements([shared as never])).toEqual([statements[1]]);
  });
});
