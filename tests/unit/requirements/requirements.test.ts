import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

/** Runs the fixtures: one suite has all that it needs, the other lacks something. */
async function run(env: Record<string, string>) {
  const config = path.join(import.meta.dirname, 'vitest.config.ts');
  const { exitCode, all } = await execa('npx', ['vitest', 'run', '--config', config], {
    env: { STRICT: '', NO_COLOR: '1', ...env },
    all: true,
    reject: false,
  });
  return { exitCode, all };
}

test('a suite that lacks something is skipped, and named at the end with the reason', async () => {
  const { exitCode, all } = await run({});
  expect(all).toContain('not run (2 tests): missing.fixture.ts needs a second moon: there is one');
  expect(all).toMatch(/1 passed \| 2 skipped/);
  expect(exitCode, all).toBe(0);
});

test('with STRICT=1 it fails', async () => {
  const { exitCode, all } = await run({ STRICT: '1' });
  expect(all).toContain('needs a second moon: there is one');
  expect(exitCode, all).toBe(1);
});
