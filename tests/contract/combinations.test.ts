import { afterAll, describe, expect, test } from 'vitest';
import { rows } from '../../src/verify/checks/index.js';
import { notRun, Passed } from '../passed.js';
import { debian, mysql, requires, schemathesis, uv } from '../requirements.js';
import { nodeApiKeys, pythonApiKeys } from '../verify/mutants/api-keys.js';
import { express } from '../verify/mutants/express.js';
import { fastapi } from '../verify/mutants/fastapi.js';
import { fastapiJobs } from '../verify/mutants/fastapi-jobs.js';
import { mutants } from '../verify/mutants/index.js';
import { issuedNode, issuedPython } from '../verify/mutants/issuer.js';
import { jobs } from '../verify/mutants/jobs.js';
import type { Mutant } from '../verify/mutants/mutant.js';
import { owned, ownedResources } from '../verify/mutants/owned.js';
import { relatedResources, relations } from '../verify/mutants/relations.js';
import { ofTenants, tenantResources } from '../verify/mutants/tenants.js';
import {
  balanced,
  type Choices,
  frameworks,
  issued,
  keyed,
  others,
  Projects,
  shared,
  verify,
  wholes,
} from './projects.js';

/**
 * The projects that are broken in many ways. The first has a mutant for most rows, others for their own code: `first` of
 * each row, or one for all. Workers of Express are those of Fastify.
 */
const broken: { whole: Choices; own: readonly Mutant[]; first: readonly Mutant[] }[] = [
  { whole: wholes[0]!, own: mutants, first: mutants },
  { whole: wholes[2]!, own: [...express, ...jobs], first: [] },
  { whole: wholes[4]!, own: [...fastapi, ...fastapiJobs], first: fastapiJobs },
  ...issued.map((whole) => ({
    whole,
    own: whole.framework === 'fastapi' ? issuedPython : issuedNode,
    first: [],
  })),
  ...[nodeApiKeys, nodeApiKeys, pythonApiKeys].map((own, place) => ({
    whole: keyed[place]!,
    own,
    first: [],
  })),
];
/** All of them with ALL_MUTANTS=1, else the first of each row, and of each other framework. */
const selected = broken.flatMap(({ whole, own, first }) =>
  own
    .filter(
      (mutant, place) =>
        process.env.ALL_MUTANTS || place === 0 || first.find(({ row }) => row === mutant.row) === mutant,
    )
    .map((mutant) => ({ ...mutant, framework: whole.framework, whole })),
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
/** Rows on items that belong to tenants, which the sample has not either. */
const tenantRows = [...new Set(Object.values(ofTenants).flatMap((own) => own.map(({ row }) => row)))];
/** Each way to sign in, and each database. */
const ownedWholes: readonly Choices[] = [
  ...frameworks.map((framework) => ({ framework, ...shared })),
  ...issued,
  ...keyed,
  ...frameworks.map((framework) => ({
    framework,
    database: 'sqlite',
    cache: 'memory',
    auth: 'jwt',
    queue: 'none',
  })),
];
/** Those of some rows that a project is asked: without a queue there are no exports. */
const asked = (rowsAsked: readonly string[], { queue }: Choices) =>
  rowsAsked.filter((id) => queue !== 'none' || !['OW4', 'TN4'].includes(id));
/** Asked of an API at a URL alone, and proved with one. */
const urlRows = rows.filter(({ needs }) => needs.includes('url')).map(({ id }) => id);
const issuedRows = rows.filter(({ needs }) => needs.includes('issuer')).map(({ id }) => id);
const open = (choices: Choices) => !passed.has({ choices });
let projects: Projects;
let related: Projects;
let withOwners: Projects;
let withTenants: Projects;

const prepare = requires(debian('nginx', 'python3-venv'), uv, schemathesis, mysql);
prepare(async () => {
  projects = new Projects([
    ...broken.map(({ whole }) => whole),
    ...[...wholes, ...others].filter(
      (choices) => open(choices) && !broken.some(({ whole }) => whole === choices),
    ),
  ]);
  related = new Projects(wholes, relatedResources);
  withOwners = new Projects(ownedWholes, ownedResources);
  withTenants = new Projects(ownedWholes, tenantResources);
});

afterAll(() => {
  projects?.remove();
  related?.remove();
  withOwners?.remove();
  withTenants?.remove();
});

describe.each(wholes)('$framework $database $cache $auth $queue', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);

  test.runIf(open(choices))('holds in every row that applies', async () => {
    const { code, failed, notApplicable, output } = await verify(projects.of(choices), [
      '--no-build',
      ...balanced(projects.of(choices)),
    ]);
    expect(failed, output).toEqual([]);
    expect(code, output).toBe(0);
    if (choices.cache === 'redis')
      expect(notApplicable.sort()).toEqual(
        [...issuedRows, ...relatedRows, ...ownedRows, ...tenantRows, ...urlRows, 'AU7', 'VE2'].sort(),
      );
  });
});

test.each(wholes)(
  '$framework $database $cache $auth $queue holds in the rows on related resources',
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
    const rowsAsked = asked([...ownedRows, ...relatedRows, 'AU3', 'AU9', 'CC4', 'IK6'], choices);
    const { passed, output } = await verify(withOwners.of(choices), [
      '--no-build',
      '--only',
      rowsAsked.join(','),
    ]);
    expect(passed.sort(), output).toEqual(rowsAsked.sort());
  },
);

test.each(ownedWholes)(
  '$framework $database $cache $auth holds in the rows on items of tenants',
  async (choices) => {
    const rowsAsked = asked([...tenantRows, ...relatedRows, 'AU3', 'AU9', 'CC4', 'IK6'], choices);
    const { passed, output } = await verify(withTenants.of(choices), [
      '--no-build',
      '--only',
      rowsAsked.join(','),
    ]);
    expect(passed.sort(), output).toEqual(rowsAsked.sort());
  },
);

test.each(issued)('$framework holds in the rows on an issuer', async (choices) => {
  const asked = [...issuedRows, 'AU2', 'AU3'];
  const { passed, output } = await verify(projects.of(choices), ['--no-build', '--only', asked.join(',')]);
  expect(passed.sort(), output).toEqual(asked.sort());
});

describe.each(others)('$framework $database $cache $auth $queue', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);

  test.runIf(open(choices))('holds in the quick rows', async () => {
    const { code, passed, failed, output } = await verify(projects.of(choices), ['--no-build', '--quick']);
    expect(failed, output).toEqual([]);
    expect(passed.length).toBeGreaterThan(20);
    expect(code, output).toBe(0);
  });
});

test.each(keyed)('$framework $database $cache $auth holds in the row on API keys', async (choices) => {
  const { passed, output } = await verify(projects.of(choices), ['--no-build', '--only', 'AU7']);
  expect(passed, output).toEqual(['AU7']);
});

describe.each(wholes.filter(({ framework }) => framework === 'fastapi'))(
  '$framework $database $cache $auth $queue without its balancer',
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
  const proved = new Set(
    [
      ...mutants,
      ...issuedNode,
      ...nodeApiKeys,
      ...relations,
      ...Object.values(owned).flat(),
      ...Object.values(ofTenants).flat(),
    ].map(({ row }) => row),
  );
  expect(rows.filter(({ id }) => !proved.has(id) && !urlRows.includes(id)).map(({ id }) => id)).toEqual([]);
});

test.each(broken)('every mutant fits the project of $whole.framework with $whole.auth', ({ whole, own }) => {
  expect(projects.misfits(whole, own)).toEqual([]);
});

test('every mutant fits the project of related resources', () => {
  expect(related.misfits(wholes[0]!, relations)).toEqual([]);
});

test.each(frameworks)('every mutant fits the project of %s whose items have owners', (framework) => {
  expect(withOwners.misfits({ framework, ...shared }, owned[framework]!)).toEqual([]);
});

test.each(frameworks)('every mutant fits the project of %s whose items belong to tenants', (framework) => {
  expect(withTenants.misfits({ framework, ...shared }, ofTenants[framework]!)).toEqual([]);
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
    '$row: it $name ($framework $whole.auth)',
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

  test.each(
    frameworks.flatMap((framework) =>
      ofTenants[framework]!.map((mutant, place) => ({ ...mutant, framework, place })),
    ),
  )('$row: it $name ($framework, items of tenants)', async ({ row, framework, place, ...change }) => {
    const choices = { framework, ...shared };
    const folder = withTenants.changed(choices, `broken-${framework}-${place}`, change);
    const { failed, output } = await verify(folder, ['--no-build', '--only', tenantRows.join(',')]);
    expect(failed, output).toEqual([row]);
  });
});
