import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import type { Exercise } from '../../src/workshop/exercises.js';
import { readWorkshop } from '../../src/workshop/read.js';
import { notRun, Passed } from '../passed.js';
import { requires, uv } from '../requirements.js';
import { type Choices, frameworks, Projects, verify } from './projects.js';

const { exercises } = readWorkshop(path.resolve(import.meta.dirname, '../../templates'));
const workshops: readonly Choices[] = frameworks.map((framework) => ({
  framework,
  database: 'postgresql',
  cache: 'memory',
  auth: 'jwt',
  queue: 'none',
}));
const passed = new Passed(
  'exercises',
  [
    'src/verify',
    'src/workshop',
    'templates/workshop/exercises.yaml',
    'templates/languages/node/faults.yaml',
    'templates/languages/node/frameworks/express/faults.yaml',
    'templates/languages/node/frameworks/fastify/faults.yaml',
    'templates/languages/python/faults.yaml',
    'templates/languages/python/frameworks/fastapi/faults.yaml',
    'tests/contract/exercises.test.ts',
    'tests/contract/projects.ts',
  ],
  notRun,
);
const open = (choices: Choices) => !passed.has({ choices });
let projects: Projects;

const prepare = requires(uv);
prepare(async () => {
  projects = new Projects(workshops.filter(open), [], ['workshop']);
});

afterAll(() => projects?.remove());

async function step(project: string, ...args: string[]) {
  const { exitCode, stdout, stderr } = await execa('node', ['exercise.mjs', ...args, '--json'], {
    cwd: project,
    reject: false,
  });
  return { code: exitCode, said: JSON.parse(stdout), stderr };
}

function filesOf(project: string): Record<string, string> {
  const manifest = fs.readJsonSync(path.join(project, '.scalable-api.json'));
  return Object.fromEntries(
    Object.keys(manifest.files).map((file) => [file, fs.readFileSync(path.join(project, file), 'utf8')]),
  );
}

describe.each(workshops)('a workshop of $framework', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);

  test.runIf(open(choices))('passes the row of every exercise before one is started', async () => {
    const rows = [...new Set(exercises.map(({ row }) => row))];
    const verified = await verify(projects.of(choices), ['--no-build', '--only', rows.join(',')]);
    expect(verified.failed, verified.output).toEqual([]);
    expect(verified.passed.sort()).toEqual(rows.sort());
  });

  test.runIf(open(choices))('judges an exercise by its check', async () => {
    const project = projects.of(choices);
    const { file } = await mended(project, exercises.find(({ row }) => row === 'CC1')!);
    expect(file).toContain('responses');
  });

  // Most of the time of a run is waiting.
  // A machine that stands still for a while can hide what is broken: once more, then.
  describe.concurrent('an exercise', { retry: 1 }, () => {
    test.runIf(open(choices)).each(exercises)('$row: $title', async (exercise) => {
      const project = projects.copy(choices, `${choices.framework}-${exercise.id}-${Math.random()}`);
      const before = filesOf(project);
      await step(project, 'start', exercise.id);
      expect(filesOf(project)).not.toEqual(before);
      // Python runs from its sources; its packages are those of the project that was copied.
      const compiled = fs.existsSync(path.join(project, 'package.json'));
      const { failed, output } = await verify(project, [
        ...(compiled ? [] : ['--no-build']),
        '--only',
        exercise.row,
      ]);
      expect(failed, output).toEqual([exercise.row]);
      const { said } = await step(project, 'solution', '--apply');
      expect(said.kept).toBeUndefined();
      expect(filesOf(project)).toEqual(before);
    });
  });
});

/** Starts an exercise, fails its check, mends it by hand and passes the check. */
async function mended(project: string, { id }: Exercise): Promise<{ file: string }> {
  const before = filesOf(project);
  await step(project, 'start', id);
  const failing = await step(project, 'check');
  expect([failing.code, failing.said.solved], failing.stderr).toEqual([1, false]);
  const { said } = await step(project, 'solution');
  fs.writeFileSync(path.join(project, said.file), `${before[said.file]}`);
  const passing = await step(project, 'check');
  expect([passing.code, passing.said.solved], passing.stderr).toEqual([0, true]);
  const { exercises: listed } = (await step(project, 'list')).said;
  expect(listed.filter(({ state }: { state: string }) => state === 'solved')).toMatchObject([{ id }]);
  return { file: said.file };
}
