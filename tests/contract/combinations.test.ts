import { afterAll, describe, expect, test } from 'vitest';
import { rows } from '../../src/verify/checks/index.js';
import { notRun, Passed } from '../passed.js';
import { debian, requires, schemathesis, uv } from '../requirements.js';
import { express } from '../verify/mutants/express.js';
import { fastapi } from '../verify/mutants/fastapi.js';
import { mutants } from '../verify/mutants/index.js';
import { owned, ownedResources } from '../verify/mutants/owned.js';
import { relatedResources, relations } from '../verify/mutants/relations.js';
import { balanced, type Choices, frameworks, others, Projects, shared, verify, wholes } from './projects.js';

/** The projects that are broken in many ways; the first has a mutant for each row, others for their own code. */
const broken = [
  { whole: wholes[0]!, own: mutants },
  ...[express, fastapi].map((own, place) => ({ whole: wholes[2 * (place + 1)]!, own })),
];
/** All of them with ALL_MUTANTS=1, else the first of each row, and of each other framework. */
const selected = broken.flatMap(({ whole, own }) =>
  own
    .map((mutant) => ({ ...mutant, framework: whole.framework, whole }))
    .filter(
      ({ row }, place) =>
        process.env.ALL_MUTANTS ||
        place === 0 ||
        (own === mutants && mutants.findIndex((mutant) => mutant.row === row) === place),
    ),
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
/** Rows on what items refer to, which the sample does not do. */
const relatedRows = [...new Set(relations.map(({ row }) => row))];
/** Rows on items that have owners, which the sample has not. */
const ownedRows = [...new Set(Object.values(owned).flatMap((own) => own.map(({ row }) => row)))];
const ownedWholes: readonly Choices[] = [
  ...frameworks.map((framework) => ({ framework, ...shared })),
  ...frameworks.map((framework) => ({ framework, database: 'sqlite', cache: 'memory', auth: 'jwt' })),
];
const open = (choices: Choices) => !passed.has({ choices });
let projects: Projects;
let related: Projects;
let withOwners: Projects;

const prepare = requires(debian('nginx', 'python3-venv'), uv, schemathesis);
prepare(async () => {
  projects = new Projects([
    ...broken.map(({ whole }) => whole),
    ...[...wholes, ...others].filter(
      (choices) => open(choices) && !broken.some(({ whole }) => whole === choices),
    ),
  ]);
  related = new Projects(wholes, relatedResources);
  withOwners = new Projects(ownedWholes, ownedResources);
});

afterAll(() => {
  projects?.remove();
  related?.remove();
  withOwners?.remove();
});

describe.each(wholes)('$framework $database $cache $auth', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);

  test.runIf(open(choices))('holds in every row that applies', async () => {
    const { code, failed, notApplicable, output } = await verify(projects.of(choices), [
      '--no-build',
      ...balanced(projects.of(choices)),
    ]);
    expect(failed, output).toEqual([]);
    expect(code, output).toBe(0);
    if (choices.cache === 'redis') expect(notApplicable).toEqual([...relatedRows, ...ownedRows, 'VE2']);
  });
});

test.each(wholes)(
  '$framework $database $cache $auth holds in the rows on related resources',
  async (choices) => {
    const rowsAsked = [...relatedRows, 'FS4', 'FS5'];
    const { passed, output } = await verify(related.of(choices), [
      '--no-build',
      '--only',
      rowsAsked.join(','),
    ]);
    expect(passed.sort(), output).toEqual(rowsAsked.sort());
  },
);

test.each(ownedWholes)(
  '$framework $database $cache $auth holds in the rows on items with owners',
  async (choices) => {
    const rowsAsked = [...ownedRows, ...relatedRows, 'AU3', 'AU9', 'CC4', 'IK6'];
    const { passed, output } = await verify(withOwners.of(choices), [
      '--no-build',
      '--only',
      rowsAsked.join(','),
    ]);
    expect(passed.sort(), output).toEqual(rowsAsked.sort());
  },
);

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
  const proved = new Set([...mutants, ...relations, ...Object.values(owned).flat()].map(({ row }) => row));
  expect(rows.filter(({ id }) => !proved.has(id)).map(({ id }) => id)).toEqual([]);
});

test.each(broken)('every mutant fits the project of $whole.framework', ({ whole, own }) => {
  expect(projects.misfits(whole, own)).toEqual([]);
});

test('every mutant fits the project of related resources', () => {
  expect(related.misfits(wholes[0]!, relations)).toEqual([]);
});

test.each(frameworks)('every mutant fits the project of %s whose items have owners', (framework) => {
  expect(withOwners.misfits({ framework, ...shared }, owned[framework]!)).toEqual([]);
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
  test.each(selected.map((mutant, place) => ({ ...mutant, place })))(
    '$row: it $name ($framework)',
    async ({ row, also = [], place, whole, ...change }) => {
      const folder = projects.changed(whole, `broken-${place}`, change);
      const ids = [row, ...quickNeighbours(row).filter((id) => !also.includes(id))];
      const { failed, output } = await verify(folder, [
        '--no-build',
        ...balanced(folder),
        '--only',
        ids.join(','),
      ]);
      expect(failed, output).toEqual([row]);
    },
  );

  test.each(relations.map((mutant, place) => ({ ...mutant, place })))(
    '$row: it $name (related resources)',
    async ({ row, place, ...change }) => {
      const folder = related.changed(wholes[0]!, `broken-${place}`, change);
      const { failed, output } = await verify(folder, ['--no-build', '--only', relatedRows.join(',')]);
      expect(failed, output).toEqual([row]);
    },
  );

  test.each(
    frameworks.flatMap((framework) =>
      owned[framework]!.map((mutant, place) => ({ ...mutant, framework, place })),
    ),
  )('$row: it $name ($framework, items with owners)', async ({ row, framework, place, ...change }) => {
    const choices = { framework, ...shared };
    const folder = withOwners.changed(choices, `broken-${framework}-${place}`, change);
    const { failed, output } = await verify(folder, ['--no-build', '--only', ownedRows.join(',')]);
    expect(failed, output).toEqual([row]);
  });
});
