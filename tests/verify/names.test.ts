import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../../src/cli/errors.js';
import { readNaming } from '../../src/verify/contract/names.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'names-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function read(text: string) {
  const file = path.join(folder, 'verify.yaml');
  fs.writeFileSync(file, text);
  try {
    return readNaming(file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems.map(({ given, possible }) => `${path.basename(given)} ${possible}`);
  }
}

test('names and values are read; members for those who start a project are left to them', () => {
  expect(readNaming(path.join(folder, 'none.yaml'))).toEqual({ names: {}, values: {}, tables: {} });
  expect(
    read(
      'start: node server.js\nnames: { limit: max_results }\nvalues:\n  kind: book\n  POST /pets: { tags: [a] }\ntables: { /pets: shop.animals }\n',
    ),
  ).toEqual({
    tables: { '/pets': 'shop.animals' },
    names: { limit: 'max_results' },
    values: { kind: 'book', 'POST /pets': { tags: ['a'] } },
  });
});

test.each([
  ['names:\n  limit: size\n  lmit: size\n', /^verify\.yaml:3 "lmit" is none of limit, cursor, /],
  ['names:\n  limit: 4\n', /^verify\.yaml:2 "limit" is none of /],
  ['\nnames: [limit]\n', /^verify\.yaml:2 `names` is no map/],
  ['values:\n  a: 1\n  POST /pets: book\n', /^verify\.yaml:3 "POST \/pets" takes members of its body/],
  [
    'tables:\n  pets: animals\n',
    /^verify\.yaml:2 "pets" is a path of a collection with the name of its table/,
  ],
  ['tables:\n  /pets: a.b.c\n', /^verify\.yaml:2 "\/pets" is a path/],
  ['names:\n  limit: "a\n', /^verify\.yaml:\d /],
])('a mistake is told with its line: %j', (text, message) => {
  expect(read(text)).toEqual([expect.stringMatching(message)]);
});
