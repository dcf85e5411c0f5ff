import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Baseline } from '../../src/verify/report/baseline.ts';
import type { Result } from '../../src/verify/report/result.ts';
import { failureOf, result, row } from './reports-fixture.ts';

const ids = ['PD1', 'VA2', 'OA1'];
const day = new Date('2026-06-15T12:00:00Z');
let file: string;

beforeEach(() => {
  file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'baseline-')), 'verify-baseline.yaml');
});
afterEach(() => fs.rmSync(path.dirname(file), { recursive: true }));

function baseline(text: string, now = day): Baseline {
  fs.writeFileSync(file, text);
  return Baseline.read(file, ids, now);
}

function failed(id: string, operations: string[], isComplete = false): Result {
  return result(row(id, 'errors'), 'failed', { failure: failureOf({ operations, isComplete }) });
}

const outcomes = (one: Baseline, ...results: Result[]) =>
  results.map((entry) => {
    const { outcome, reason } = one.judge(entry);
    return reason ? `${outcome}: ${reason}` : outcome;
  });

const products = `accepted:
  - row: VA2
    operation: POST /v1/products
    reason: an old client
    until: 2026-06-15
`;

describe('a failure', () => {
  test('is accepted for the operation of its entry, until the end of its day', () => {
    const one = baseline(products);
    expect(
      outcomes(
        one,
        failed('VA2', ['POST /v1/products']),
        failed('VA2', ['PUT /v1/products/{id}']),
        failed('VA2', ['POST /v1/products', 'PUT /v1/products/{id}']),
        failed('VA2', []),
        failed('PD1', ['POST /v1/products']),
        result(row('VA2', 'errors'), 'passed'),
      ),
    ).toEqual(['accepted: an old client', 'failed', 'failed', 'failed', 'failed', 'passed']);
    const later = baseline(products, new Date('2026-06-16T00:00:00Z'));
    expect(outcomes(later, failed('VA2', ['POST /v1/products']))).toEqual([
      'failed: it was accepted until 2026-06-15: an old client',
    ]);
  });

  test('is accepted whatever its operations are by an entry without one', () => {
    const one = baseline('accepted:\n  - { row: va2, reason: a style of ours }\n');
    expect(outcomes(one, failed('VA2', []), failed('VA2', ['GET /a', 'GET /b']))).toEqual([
      'accepted: a style of ours',
      'accepted: a style of ours',
    ]);
  });
});

describe('an entry is stale', () => {
  test('when its row passes, and not when the row was not asked or still fails', () => {
    const one = baseline(products);
    const entry = {
      row: 'VA2',
      operation: 'POST /v1/products',
      reason: 'an old client',
      until: '2026-06-15',
    };
    expect(one.stale([result(row('VA2', 'errors'), 'passed')])).toEqual([{ entry, place: `${file}:2` }]);
    for (const other of [
      failed('VA2', ['POST /v1/products']),
      failed('VA2', ['PUT /v1/products/{id}']),
      result(row('VA2', 'errors'), 'skipped'),
      result(row('VA2', 'errors'), 'not-applicable'),
    ])
      expect(one.stale([other])).toEqual([]);
    expect(one.stale([])).toEqual([]);
  });

  test('when its operation is not among all that fail', () => {
    const one = baseline(
      'accepted:\n  - { row: OA1, operation: GET /a, reason: r }\n  - { row: OA1, operation: GET /b, reason: r }\n',
    );
    const stale = one.stale([failed('OA1', ['GET /b'], true)]);
    expect(stale.map(({ place }) => place)).toEqual([`${file}:2`]);
  });
});

describe('accept', () => {
  test('writes an entry for each operation that fails, and keeps what stands there', () => {
    const before = `# Ask Ada before you add to it.\n${products}`;
    const one = baseline(before);
    const added = one.accept(
      [failed('OA1', ['GET /a', 'GET /b'], true), failed('PD1', []), result(row('VA2', 'errors'), 'passed')],
      'found today: all of it',
      '2027-01-31',
    );
    expect(added.map(({ row: id, operation }) => [id, operation])).toEqual([
      ['OA1', 'GET /a'],
      ['OA1', 'GET /b'],
      ['PD1', undefined],
    ]);
    expect(fs.readFileSync(file, 'utf8')).toBe(
      `${before}${['OA1\n    operation: GET /a', 'OA1\n    operation: GET /b', 'PD1']
        .map((start) => `  - row: ${start}\n    reason: "found today: all of it"\n    until: 2027-01-31\n`)
        .join('')}`,
    );
    const again = Baseline.read(file, ids, day);
    expect(outcomes(again, failed('OA1', ['GET /b', 'GET /a'], true), failed('PD1', []))).toEqual([
      'accepted: found today: all of it',
      'accepted: found today: all of it',
    ]);
  });

  test('makes the file, and none where nothing fails', () => {
    const none = Baseline.read(file, ids, day);
    expect(none.accept([result(row('PD1', 'errors'), 'passed')], 'r', undefined)).toEqual([]);
    expect(fs.existsSync(file)).toBe(false);
    none.accept([failed('PD1', ['GET /a'])], 'r', undefined);
    expect(fs.readFileSync(file, 'utf8')).toBe(
      'accepted:\n  - row: PD1\n    operation: GET /a\n    reason: r\n',
    );
  });
});

test.each([
  ['accepted: [', 'verify-baseline.yaml'],
  ['- row: PD1', 'has one member, `accepted`, which is a list'],
  ['accepted: { row: PD1 }', 'has one member, `accepted`, which is a list'],
  ['accepted: []\nrows: []', 'has one member, `accepted`, which is a list'],
  ['accepted:\n  - PD1', ':2: row "undefined" is none of the rows of this version'],
  ['accepted:\n  - { row: XX1, reason: r }', ':2: row "XX1" is none of the rows of this version'],
  ['accepted:\n\n  - { row: PD1 }', ':3: the entry of PD1 has no reason'],
  [
    'accepted:\n  - { row: PD1, reason: r, untill: 2027-01-01 }',
    ':2: "untill" is none of row, operation, reason and until',
  ],
  [
    'accepted:\n  - { row: PD1, reason: r, until: 2027-02-30 }',
    ':2: until "2027-02-30" is no day like 2027-03-31',
  ],
  [
    'accepted:\n  - { row: PD1, reason: r, operation: /a }',
    ':2: operation "/a" is not written like GET /v1/products',
  ],
])('%j is refused with what is wrong', (text, message) => {
  expect(() => baseline(text)).toThrow(message);
});
