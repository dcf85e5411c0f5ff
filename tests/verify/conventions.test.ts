import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { rows } from '../../src/verify/checks/index.js';
import { Contract } from '../../src/verify/contract/contract.js';
import { itemsIn, nextIn } from '../../src/verify/contract/conventions.js';
import { undescribed } from '../../src/verify/contract/described.js';
import { namedIn } from '../../src/verify/http/style.js';

const golden = path.resolve(import.meta.dirname, '../golden');
const folders = fs
  .readdirSync(golden)
  .filter((name) => fs.existsSync(path.join(golden, name, 'openapi.yaml')));

test.each(folders)('the document of %s describes all that rows ask, in the names of the contract', (name) => {
  const contract = new Contract(fs.readFileSync(path.join(golden, name, 'openapi.yaml'), 'utf8'));
  const needs = new Set(rows.flatMap((row) => row.needs));
  expect([...needs].flatMap((need) => undescribed(contract, need) ?? [])).toEqual([]);
  expect(contract.mapped).toEqual([]);
  expect(contract.style).toMatchObject({ problems: 'contract', ownLists: true, version: 'path' });
  expect(contract.style.namesFields).toEqual(expect.arrayContaining([400, 422]));
  expect(contract.resources[0]!.names).toEqual({
    limit: 'limit',
    cursor: 'cursor',
    page: undefined,
    offset: undefined,
    fields: 'fields',
    sort: 'sort',
    items: 'data',
    next: 'nextCursor',
    id: 'id',
  });
});

describe('answers of other shapes', () => {
  test.each([
    [[{ id: 1 }], {}, [{ id: 1 }]],
    [{ items: [1], total: 1 }, { items: 'items' }, [1]],
    [{ total: 1, entries: [1] }, {}, [1]],
    [{ page: { rows: [1] } }, { items: 'page.rows' }, [1]],
    ['text', {}, undefined],
  ])('the items of %j', (body, names, expected) => {
    expect(itemsIn(body, names)).toEqual(expected);
  });

  test.each([
    [{ data: [], next_page_token: 'abc' }, { next: 'next_page_token' }, 'abc'],
    [{ data: [], meta: { nextCursor: 'abc' } }, { next: 'nextCursor' }, 'abc'],
    [{ results: [], next: 'http://api/items?page=2' }, { next: 'next' }, 'http://api/items?page=2'],
    [{ data: [], meta: { nextCursor: null } }, { next: 'nextCursor' }, undefined],
    [{ data: [], next_page_token: '' }, { next: 'next_page_token' }, undefined],
    [[], { next: 'next' }, undefined],
  ])('the next page of %j', (body, names, expected) => {
    expect(nextIn(body, names)).toBe(expected);
  });

  test.each([
    [{ errors: [{ pointer: '#/price', code: 'min' }] }, 'price'],
    [{ detail: [{ loc: ['body', 'price'], msg: 'no' }] }, 'price'],
    [{ errors: { price: ['is too high'] } }, 'price'],
    [{ violations: [{ propertyPath: 'price', message: 'no' }] }, 'price'],
    [{ errors: [{ source: { pointer: '/data/attributes/price' } }] }, 'price'],
    [{ 'invalid-params': [{ name: 'price' }] }, 'price'],
    [{ message: 'no' }, undefined],
  ])('the field that %j names', (body, expected) => {
    if (expected === undefined) expect(namedIn(body)).toEqual([]);
    else expect(namedIn(body)).toContain(expected);
  });
});
