import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parseResources } from '../../src/resources/resource.js';
import { everyType, oddNames, order } from '../odd-resources.js';

const ajv = new Ajv2020({ strict: false });
formats.default(ajv);

/** By the name of the resource, in the singular. */
function resourcesOf(...specs: string[]) {
  return new Map(parseResources(specs, {}).map((resource) => [resource.singular, resource]));
}

describe('of every type, with every mark', () => {
  const narrow =
    'gap: one:string(1,1)!, long:string(200,300), exact:string(7,7), email:string(1,5), url:string(3,9)!';
  const resources = [...resourcesOf(order, everyType, ...oddNames, narrow).values()];

  test.each(resources)(
    '$singular: rows are valid, and what is unique differs',
    ({ fields, samples, ...resource }) => {
      const rows = [...samples.map(({ body }) => body), resource.newExample];
      expect(rows).toHaveLength(4);
      for (const { name, type, schema, unique } of fields) {
        const isValid = ajv.compile(schema);
        for (const row of rows)
          expect([name, row[name], isValid(row[name])]).toEqual([name, row[name], true]);
        // There is no fourth row to refer to.
        if (unique) expect(new Set(rows.map((row) => row[name])).size).toBe(type === 'ref' ? 3 : 4);
      }
    },
  );

  test.each(resources)(
    '$singular: a change names one field, and no reference',
    ({ fields, patchExample }) => {
      const [[name, value]] = Object.entries(patchExample) as [[string, unknown]];
      expect(Object.keys(patchExample)).toEqual([name]);
      const field = fields.find((one) => one.name === name)!;
      expect(ajv.compile(field.schema)(value)).toBe(true);
      if (fields.some(({ type, unique }) => type !== 'ref' && !unique)) expect(field.type).not.toBe('ref');
    },
  );
});

test('follow from the names of the resource and the field', () => {
  const resources = resourcesOf(
    'product: name:string(1,120), sku:string(1,20)!, quantity:integer, price:decimal, description:text',
    'customer: name:string(1,80), contactEmail:string(1,254)!, city:string(1,80), country:string(2,2), birthDate:date',
    'company: name:string(1,80), phone_number:string(1,20), website:string(1,200), ownerId:uuid',
  );
  const bodies = Object.fromEntries([...resources].map(([name, { bodies }]) => [name, bodies[0]]));
  expect(bodies).toEqual({
    product: {
      name: 'Wireless keyboard',
      sku: 'KB-1001',
      quantity: 3,
      price: '9.99',
      description: 'Small, quiet and easy to carry.',
    },
    customer: {
      name: 'Ada Lovelace',
      contactEmail: 'ada@example.com',
      city: 'Lisbon',
      country: 'PT',
      birthDate: '1990-04-12',
    },
    company: {
      name: 'Northwind',
      phoneNumber: '+12025550101',
      website: 'https://example.com/pages/1',
      ownerId: '01900000-0000-7000-9000-000000000001',
    },
  });
});

test('a new item refers to a row that is there, and repeats none', () => {
  const item = resourcesOf(
    'order: total:decimal',
    'item: code:string(2,8)!, orderId:ref(order), parent:ref(item)?',
  ).get('item')!;
  const order = resourcesOf('order: total:decimal').get('order')!;
  expect(item.newExample).toEqual({ code: 'TB-4102', orderId: order.samples[0]!.id, parent: null });
});
