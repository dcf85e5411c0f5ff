import { expect, test } from 'vitest';
import { contractVersion, rows } from '../../src/verify/checks/index.ts';
import recorded from './row-ids.json' with { type: 'json' };

test('what the contract asks for has a version, and no id is used again', () => {
  const now = Object.fromEntries(rows.map(({ id, revision = 1 }) => [id, revision]));
  expect(
    { contract: contractVersion, rows: now },
    'Count contractVersion up, record the change in row-ids.json, and move the ids of rows that are gone to "retired".',
  ).toEqual({ contract: recorded.contract, rows: recorded.rows });
  expect(Object.keys(now)).toHaveLength(rows.length);
  expect(recorded.retired.filter((id) => id in now)).toEqual([]);
});
