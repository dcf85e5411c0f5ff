import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { rows } from '../../src/verify/checks/index.js';
import { Contract } from '../../src/verify/contract/contract.js';
import { itemsIn, namedIn, nextIn } from '../../src/verify/contract/conventions.js';
import { undescribed } from '../../src/verify/contract/described.js';

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
