import { afterAll, beforeAll, expect, test } from 'vitest';
import { rows } from '../../src/verify/rows/index.js';
import { mutants } from '../verify/mutants/index.js';
import { combinations, Projects, verify } from './projects.js';

let projects: Projects;
const [whole, ...others] = combinations;

beforeAll(() => {
  projects = new Projects();
}, 300_000);

afterAll(() => projects?.remove());

test('every row holds for the default project', () => {
  const { code, failed, notApplicable, output } = verify(projects.of(whole!), ['--no-build']);
  expect(failed, output).toEqual([]);
  expect(notApplicable).toEqual(['VE2']);
  expect(code).toBe(0);
});

test.each(others)('the quick rows hold for $database $cache $auth', (choices) => {
  const { code, passed, failed, output } = verify(projects.of(choices), ['--no-build', '--quick']);
  expect(failed, output).toEqual([]);
  expect(passed.length).toBeGreaterThan(20);
  expect(code).toBe(0);
});

test('every row has a mutant', () => {
  const proved = new Set(mutants.map(({ row }) => row));
  expect(rows.filter(({ id }) => !proved.has(id)).map(({ id }) => id)).toEqual([]);
});

test.each(mutants.map((mutant, place) => ({ ...mutant, place })))(
  '$row fails when the API $name',
  ({ row, also = [], place, ...change }) => {
    const folder = projects.changed(whole!, `mutant-${place}`, change);
    const { failed, output } = verify(folder, ['--no-build', '--only', [row, ...also].join(',')]);
    expect(failed.sort(), output).toEqual([row, ...also].sort());
  },
);
