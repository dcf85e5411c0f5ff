import { afterAll, describe, expect, test } from 'vitest';
import { rows } from '../../src/verify/checks/index.js';
import { notRun, Passed } from '../passed.js';
import { debian, requires, schemathesis, uv } from '../requirements.js';
import { nodeApiKeys, pythonApiKeys } from '../verify/mutants/api-keys.js';
import { express } from '../verify/mutants/express.js';
import { fastapi } from '../verify/mutants/fastapi.js';
import { fastapiJobs } from '../verify/mutants/fastapi-jobs.js';
import { mutants } from '../verify/mutants/index.js';
import { issuedNode, issuedPython } from '../verify/mutants/issuer.js';
import { jobs } from '../verify/mutants/jobs.js';
import type { Mutant } from '../verify/mutants/mutant.js';
import { relatedResources, relations } from '../verify/mutants/relations.js';
import { balanced, type Choices, issued, keyed, others, Projects, verify, wholes } from './projects.js';

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
const issuedRows = rows.filter(({ needs }) => needs.includes('issuer')).map(({ id }) => id);
const open = (choices: Choices) => !passed.has({ choices });
let projects: Projects;
let related: Projects;

const prepare = requires(debian('nginx', 'python3-venv'), uv, schemathesis);
prepare(async () => {
  projects = new Projects([
    ...broken.map(({ whole }) => whole),
    ...[...wholes, ...others].filter(
      (choices) => open(choices) && !broken.some(({ whole }) => whole === choices),
    ),
  ]);
  related = new Projects(wholes, relatedResources);
});

afterAll(() => {
  projects?.remove();
  related?.remove();
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
      expect(notApplicable.sort()).toEqual([...issuedRows, ...relatedRows, 'AU7', 'VE2'].sort());
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
  const proved = new Set([...mutants, ...issuedNode, ...nodeApiKeys, ...relations].map(({ row }) => row));
  expect(rows.filter(({ id }) => !proved.has(id)).map(({ id }) => id)).toEqual([]);
});

test.each(broken)('every mutant fits the project of $whole.framework with $whole.auth', ({ whole, own }) => {
  expect(projects.misfits(whole, own)).toEqual([]);
});

test('every mutant fits the project of related resources', () => {
  expect(related.misfits(wholes[0]!, relations)).toEqual([]);
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
});
