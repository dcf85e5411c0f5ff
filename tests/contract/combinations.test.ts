import { afterAll, describe, expect, test } from 'vitest';
import { rows } from '../../src/verify/checks/index.js';
import { notRun, Passed } from '../passed.js';
import { debian, requires, uv } from '../requirements.js';
import { mutants } from '../verify/mutants/index.js';
import { balanced, type Choices, others, Projects, verify, wholes } from './projects.js';

/** All of them with ALL_MUTANTS=1, else the first of each row. */
const asked = mutants.filter(
  ({ row }, place) => process.env.ALL_MUTANTS || mutants.findIndex((mutant) => mutant.row === row) === place,
);
const passed = new Passed(
  'contract',
  [
    'src/verify',
    'tests/contract/combinations.test.ts',
    'tests/contract/nginx.sh',
    'tests/contract/projects.ts',
  ],
  notRun,
);
const open = (choices: Choices) => !passed.has({ choices });
/** The project that is broken in many ways. */
const whole = wholes[0]!;
let projects: Projects;

const prepare = requires(debian('nginx'), uv);
prepare(async () => {
  projects = new Projects([
    whole,
    ...[...wholes, ...others].filter((choices) => choices !== whole && open(choices)),
  ]);
});

afterAll(() => projects?.remove());

describe.each(wholes)('$framework $database $cache $auth', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);

  test.runIf(open(choices))('holds in every row that applies', async () => {
    const { code, failed, notApplicable, output } = await verify(projects.of(choices), [
      '--no-build',
      ...balanced(projects.of(choices)),
    ]);
    expect(failed, output).toEqual([]);
    expect(code, output).toBe(0);
    if (choices.cache === 'redis') expect(notApplicable).toEqual(['VE2']);
  });
});

describe.each(others)('$framework $database $cache $auth', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);

  test.runIf(open(choices))('holds in the quick rows', async () => {
    const { code, passed, failed, output } = await verify(projects.of(choices), ['--no-build', '--quick']);
    expect(failed, output).toEqual([]);
    expect(passed.length).toBeGreaterThan(20);
    expect(code, output).toBe(0);
  });
});

describe.each(wholes.filter(({ framework }) => framework === 'fastapi'))(
  '$framework $database $cache $auth without its balancer',
  (choices) => {
    test.runIf(open(choices))('does not pass the rows that are left to it', async () => {
      const left = rows.filter(({ tier }) => tier).map(({ id }) => id);
      const { code, passed, leftToBalancer } = await verify(projects.of(choices), [
        '--no-build',
        '--only',
        [...left, 'PD1'].join(','),
      ]);
      expect({ code, passed, leftToBalancer }).toEqual({ code: 0, passed: ['PD1'], leftToBalancer: left });
    });
  },
);

test('every row has a broken API that it finds', () => {
  const proved = new Set(mutants.map(({ row }) => row));
  expect(rows.filter(({ id }) => !proved.has(id)).map(({ id }) => id)).toEqual([]);
});

/** Cheap rows of the same group: those that a broken API must still pass. */
function quickNeighbours(id: string): string[] {
  const { group } = rows.find((row) => row.id === id)!;
  return rows
    .filter((row) => row.group === group && row.quick && !row.last && row.id !== id)
    .map((row) => row.id);
}

// Most of the time of a run is waiting.
// A machine that stands still for a while can hide what is broken: once more, then.
describe.concurrent('a broken API', { retry: 1 }, () => {
  test.each(asked.map((mutant, place) => ({ ...mutant, place })))(
    '$row: it $name',
    async ({ row, also = [], place, ...change }) => {
      const folder = projects.changed(whole, `broken-${place}`, change);
      const ids = [row, ...quickNeighbours(row).filter((id) => !also.includes(id))];
      const { failed, output } = await verify(folder, ['--no-build', '--only', ids.join(',')]);
      expect(failed, output).toEqual([row]);
    },
  );
});
