import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { answersWith, resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { UserError } from '../../src/cli/errors.js';
import { render } from '../../src/render/render.js';
import { evolveResources, migrationPlace } from '../../src/resources/change.js';
import { currentSpec, type ResourceHistory } from '../../src/resources/history.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const { reserved } = catalog;
const product =
  'product: name:string(1,40), sku:string!, price:decimal(6,2), stock:integer(0,99)+=1, status:enum(a|b)+=a, note:string?, tags:string(1,9)[3], customerId:ref(customer)?';
const made = answersWith(catalog, { resources: ['customer: name:string', product] }).resources;

function evolved(given: readonly ResourceHistory[], ...words: string[]) {
  const contract = words.includes('--contract');
  const changes = words.filter((word) => word !== '--contract');
  return evolveResources(given, changes, { reserved, contract, place: { number: 1 } });
}

function after(given: readonly ResourceHistory[], ...words: string[]): ResourceHistory[] {
  return evolved(given, ...words).resources;
}

function refusal(...words: string[]) {
  try {
    evolved(made, ...words);
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error(`accepted: ${words.join(' ')}`);
}

function migrations(resources: readonly ResourceHistory[], framework = 'fastify', database = 'postgresql') {
  const files = render(resolvedWith(catalog, { framework, database, resources }), '1.0.0');
  return new Map(
    [...files].filter(([file]) => file.startsWith('migrations/')).map(([file, { text }]) => [file, text]),
  );
}

test('several changes in one call, each of which the next spec has', () => {
  const { resources, notes } = evolved(
    made,
    'product',
    "+label:string=''",
    '-note',
    'price=amount',
    'status:enum(a|b|c)+=a',
  );
  expect(currentSpec(resources[1]!)).toBe(
    "product: name:string(1,40), sku:string!, amount:decimal(6,2), stock:integer(0,99)+=1, status:enum(a|b|c)+=a, tags:string(1,9)[3], customerId:ref(customer)?, label:string=''",
  );
  expect(resources[1]).toMatchObject({
    number: 102,
    spec: made[1]!.spec,
    changes: [{ migration: 103, renamed: { price: 'amount' } }],
  });
  expect(resources[0]).toBe(made[0]);
  expect(notes).toEqual([expect.stringContaining('create-scalable-api resource product --contract')]);
});

test('a new resource, and a text with all changes', () => {
  const [, , order] = after(made, 'order: total:decimal, productId:ref(product)');
  expect(order).toEqual({
    name: 'order',
    number: 103,
    spec: 'order: total:decimal, productId:ref(product)',
    changes: [],
  });
  expect(currentSpec(after(made, "customer +bio:text='a, b' name=title")[0]!)).toBe(
    "customer: title:string, bio:text='a, b'",
  );
});

test.each([
  [['product', '+code:string'], /rows that exist have no value.*\+code:string\? or \+code:string=''/],
  [['product', '+code:string!'], /make it optional: \+code:string\?!$/],
  [['product', '+owner:ref(customer)'], /make it optional: \+owner:ref\(customer\)\?$/],
  [['product', '-nmae'], /no field "nmae".*did you mean name\?/],
  [['product', 'note:string'], /rows may have no "note"/],
  [['product', 'name:string(1,39)'], /not every value/],
  [['product', 'name:integer'], /not every value/],
  [['product', 'price:decimal(6,3)'], /not every value/],
  [['product', 'price:decimal(6,2,min=0)'], /not every value/],
  [['product', 'stock:integer(0,98)+=1'], /not every value/],
  [['product', 'status:enum(a|c)+=a'], /not every value/],
  [['product', 'tags:string(1,9)[2]'], /not every value/],
  [['product', 'customerId:ref(product)?'], /not every value/],
  [['product', '+name:text'], /there is a field "name"/],
  [['product', 'note=name'], /there is a field "name"/],
  [['product', 'price=amount', 'price:decimal'], /changed twice/],
  [['product', 'note'], /write \+field:type/],
  [['product', 'name:string(1,40)'], /is like that already/],
  [['product', '+other:nonsense'], /"nonsense" is no type/],
  [['prodct', '-note'], /did you mean product\?/],
  [['-product'], /a resource is not removed/],
  [['product'], /say what changes/],
  [['customer', '-name'], /would have no field/],
  [['customer', '+productId:ref(product)?'], /in a circle/],
  [['product', '--contract'], /not finished/],
  [['--contract'], /no resource has a change/],
  [['product', '-note', '--contract'], /make the change first/],
  [['product: name:string'], /two resources named "product"/],
  [['product(owned): name:string'], /the mark \(owned\) of resource "product": is for good/],
  [['product(owned)', '+sku:string'], /the mark \(owned\) of resource "product": is for good/],
  [['product(tenant): name:string'], /the mark \(tenant\) of resource "product": is for good/],
])('%j is refused with the reason', (words, reason) => {
  const [problem] = refusal(...words);
  expect(`${problem!.given}: ${problem!.possible}`).toMatch(reason);
  expect(problem!.command).toMatch(/^create-scalable-api resource /);
});

test('everything wrong is told at once', () => {
  expect(refusal('product', '-nope', 'neither=nor', '?')).toHaveLength(3);
});

test('what an earlier change put off has to be finished first', () => {
  const dropped = after(made, 'product', '-note', 'price=amount');
  expect(() => after(dropped, 'product', '+note:text?')).toThrow(/finish that first/);
  expect(() => after(dropped, 'product', '-amount')).toThrow(/finish it first/);
  const done = after(dropped, 'product', '--contract');
  expect(done[1]!.changes.at(-1)).toMatchObject({ migration: 104, contracted: true });
  expect(() => after(done, 'product', '--contract')).toThrow(/not finished/);
  expect(currentSpec(after(done, 'product', '+note:text?', '-amount')[1]!)).toMatch(/note:text\?$/);
});

test.each([
  'name:string(0,200)',
  'name:text(1,40)',
  'price:decimal(8,3)',
  'stock:integer(-1,100)+=1',
  'stock:integer+=1',
  'status:enum(a|b|c)+=c',
  'tags:string(1,10)[1,5]'.replace('1,5', '0,5'),
  'name:string(1,40)?',
  'name:string(1,40)!+',
  'sku:string',
  'customerId:ref(customer, null)?',
])('%s is wider in place', (word) => {
  expect(currentSpec(after(made, 'product', word)[1]!)).toContain(
    word.replace(', ', ',').replace('[0,', '['),
  );
});

describe('two constraints of one name', () => {
  const says = /would have a constraint news_items_code_key in the database, as the field "\w+" of "\w+" has/;
  const history = (spec: string, number: number): ResourceHistory => ({
    name: spec.split(':')[0]!,
    number,
    spec,
    changes: [],
  });
  const news = history('news: itemsCode:integer!', 101);
  const plain = history('newsItem: code:integer, title:string', 102);

  test.each([
    ['unique fields', ['news: itemsCode:integer!', 'newsItem: code:integer!'], 'key'],
    ['checks', ['news: itemsCode:enum(a)', 'newsItem: code:enum(a)'], 'check'],
    ['references', ['news: itemsCode:ref(newsItem)', 'newsItem: code:ref(newsItem)?'], 'fkey'],
  ])('are refused for a new project: %s', (_, resources, kind) => {
    expect(() => answersWith(catalog, { resources })).toThrow(`constraint news_items_code_${kind} in`);
  });

  test('are refused where both names are cut to the same', () => {
    const name = 'customerBillingAddressLine';
    const of = (last: string, mark: string) => `${name}${last}:string${mark}`;
    const request = (mark: string) =>
      answersWith(catalog, {
        resources: [`purchaseOrderLineItemAdjustmentRequest: ${of('One', '!')}, ${of('Two', mark)}`],
      });
    expect(() => request('!')).toThrow('would have a constraint');
    expect(() => request('+')).not.toThrow();
  });

  test('are refused for a change, unless they were there before', () => {
    const change =
      (resources: ResourceHistory[], ...words: string[]) =>
      () =>
        after(resources, ...words);
    expect(change([news, plain], 'newsItem', 'code:integer!')).toThrow(says);
    expect(change([news], 'newsItem: code:integer!')).toThrow(says);
    expect(change([news, plain], 'newsItem', 'title=name')).not.toThrow();
    const both = [news, history('newsItem: code:integer!, title:string', 102)];
    expect(change(both, 'newsItem', 'title=name')).not.toThrow();
    expect(change(both, 'order: total:decimal')).not.toThrow();
  });
});

describe('migrations', () => {
  const steps = [
    ['product', "+label:string=''", '-note', 'price=amount', 'status:enum(a|b|c)+=a'],
    ['product', 'sku=code', '+parent:ref(product, null)?', 'name:string(1,40)!'],
    ['order: total:decimal, productId:ref(product)'],
    ['customer', '+orderId:uuid?', 'name:string+'],
    ['--contract'],
    ['product', 'stock:integer(0,99)'],
    ['product', '--contract'],
  ];

  test.each([
    ['fastify', 'postgresql'],
    ['fastapi', 'postgresql'],
    ['express', 'sqlite'],
    ['fastapi', 'sqlite'],
  ])(
    'no change touches a migration that is there, and each follows the one before: %s, %s',
    (framework, database) => {
      let resources = made;
      let before = migrations(resources, framework, database);
      for (const words of steps) {
        resources = after(resources, ...words);
        const now = migrations(resources, framework, database);
        // Alembic's environment follows the columns of now.
        for (const [file, text] of before)
          if (!file.endsWith('env.py')) expect(now.get(file), `${file} after ${words}`).toBe(text);
        expect(now.size, words.join(' ')).toBeGreaterThan(before.size);
        const added = [...now.keys()].filter((file) => !before.has(file));
        expect([...now.keys()].filter((file) => /\d{4}_/.test(file)).slice(-added.length)).toEqual(added);
        before = now;
      }
      const revisions = [...before.values()].flatMap((text) => {
        const [, id] = /^revision = "(\w+)"/m.exec(text) ?? [];
        return id === undefined ? [] : [[id, /^down_revision = "?(\w+)/m.exec(text)?.[1]]];
      });
      const ids = ['None', ...revisions.map(([id]) => id)];
      expect(revisions.map(([, follows]) => follows)).toEqual(ids.slice(0, -1));
    },
  );

  test('a change that the table does not see has no migration', () => {
    const wider = after(made, 'product', 'name:string(1,50)');
    expect([...migrations(wider).keys()]).toEqual([...migrations(made).keys()]);
    const [, next] = after(wider, 'product', '-note');
    expect(next!.changes.map(({ migration }) => migration)).toEqual([103, 104]);
  });

  test('a revision of the owner is followed', () => {
    const own = [
      'migrations/versions/2026_12_02_0102_ab12_own.py',
      'revision = "ab12"\ndown_revision: str = "0102"\n',
    ] as const;
    const place = migrationPlace([...migrations(made, 'fastapi'), own]);
    expect(place).toEqual({ number: 103, after: 'ab12' });
    const { resources } = evolveResources(made, ['product', '-sku'], { reserved, contract: false, place });
    const text = migrations(resources, 'fastapi').get('migrations/versions/0103_products.py');
    expect(text).toContain('down_revision = "ab12"');
    expect(migrationPlace([...migrations(resources, 'fastapi'), own])).toEqual({
      number: 104,
      after: '0103',
    });
    expect(migrationPlace([...migrations(made), ['migrations/0201_own.sql', '']])).toEqual({ number: 202 });
  });

  test('migrations of two branches are refused until they are joined', () => {
    const own = (id: string, before: string) =>
      [`migrations/versions/${id}_own.py`, `revision = "${id}"\ndown_revision = ${before}\n`] as const;
    const branches = [...migrations(made, 'fastapi'), own('ab12', '"0102"'), own('cd34', '"0102"')];
    expect(() => migrationPlace(branches, 'join them')).toThrow(
      expect.objectContaining({
        problems: [
          {
            given: 'migrations ab12, cd34',
            possible: expect.stringContaining('join them first'),
            command: 'join them',
          },
        ],
      }),
    );
    const joined = migrationPlace([...branches, own('ef56', '(\n    "ab12",\n    "cd34",\n)')]);
    expect(joined).toEqual({ number: 103, after: 'ef56' });
  });
});

test.each(['owned', 'tenant'])('a resource keeps the mark (%s) when its fields change', (mark) => {
  const marked = after(made, `memo(${mark}): text:string, code:string!`);
  const changed = after(marked, 'memo', '+note:text?');
  expect(currentSpec(changed.at(-1)!)).toBe(`memo(${mark}): text:string, code:string!, note:text?`);
});
