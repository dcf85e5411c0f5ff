import { expect, test } from 'vitest';
import { csvOf } from '../../src/verify/checks/jobs/csv.js';

test.each([
  ['', []],
  ['id,name\r\n', [['id', 'name']]],
  [
    'id,name\n1,a\n2,b',
    [
      ['id', 'name'],
      ['1', 'a'],
      ['2', 'b'],
    ],
  ],
  ['1,"a ""b"", c\r\nd",\r\n', [['1', 'a "b", c\r\nd', '']]],
  [
    ',\n"",\n',
    [
      ['', ''],
      ['', ''],
    ],
  ],
  ['a\n\nb\n', [['a'], [''], ['b']]],
])('reads %j', (text, records) => {
  expect(csvOf(text)).toEqual(records);
});

test.each(['a"b,c\n', '"a"b,c\n', '"a\n'])('refuses %j', (text) => {
  expect(() => csvOf(text)).toThrow('values in the form of RFC 4180');
});
