import path from 'node:path';
import fs from 'fs-extra';
import { expect, test } from 'vitest';
import { alike } from '../../src/verify/checks/versioning/alike.js';
import type { Api } from '../../src/verify/cluster/api.js';
import { Contract } from '../../src/verify/contract/contract.js';

const document = fs.readFileSync(path.resolve(import.meta.dirname, '../golden/fastify/openapi.yaml'), 'utf8');

/** Judges the document after one change to it. */
function judge(from: string | RegExp = '', to = ''): Promise<void> {
  const changed = document.replace(from, to);
  if (from !== '' && changed === document) throw new Error(`the document has no ${from}`);
  return alike.run({ contract: new Contract(changed) } as Api);
}

test('a generated document is accepted', async () => {
  await judge();
});

test.each<[what: string, from: RegExp, to: string, message: RegExp]>([
  [
    'a merge patch with another length',
    /(ProductPatch:[\s\S]*?name: \{ type: string, minLength: 1, maxLength: )120/,
    '$1121',
    /"name" in PATCH .* as in POST/,
  ],
  [
    'a required field that PUT does not require',
    /(put:[\s\S]*?\$ref: )"#\/components\/schemas\/ProductInput"/,
    '$1"#/components/schemas/ProductPatch"',
    /PUT .* to require what POST/,
  ],
  [
    'selected fields without a pattern',
    /(ProductSelection:[\s\S]*?maxLength: 120), pattern: "[^"]*"/,
    '$1',
    /"name" in the response/,
  ],
  [
    'a filter with fewer values',
    /(name: status\b[\s\S]*?enum: )\[draft, active, archived\]/,
    '$1[draft, active]',
    /"status" in/,
  ],
  [
    'an order without its reverse',
    /createdAt, -createdAt, status, -status/,
    'createdAt, -createdAt, status',
    /-status/,
  ],
])('%s is found', async (_, from, to, message) => {
  await expect(judge(from, to)).rejects.toThrow(message);
});
