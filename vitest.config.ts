import os from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

type Options = TestProjectInlineConfiguration['test'];

/** Limits are far above what a test takes: they end a test that hangs, on a busy machine as well. */
const minute = 60_000;
const project = (name: string, testTimeout: number, more: Options): TestProjectInlineConfiguration => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout,
    // Of tests that start whole projects: more would only wait for the processor.
    maxConcurrency: 3,
    hookTimeout: Math.max(testTimeout, minute),
    ...more,
  },
});

/** Much of their time they wait for programs: two files at a time on two cores as well. */
const quick = (name: string, testTimeout: number, more: Options = {}) =>
  project(name, testTimeout, { maxWorkers: Math.max(2, os.availableParallelism() - 1), ...more });
/** They start servers, and measure how long those take. */
const slow = (name: string, testTimeout: number, groupOrder: number, more: Options = {}) =>
  project(name, testTimeout, { fileParallelism: false, sequence: { groupOrder }, ...more });
const packed = { globalSetup: ['tests/packed.ts'] };

export default defineConfig({
  test: {
    reporters: ['default', './tests/skip-reporter.ts'],
    projects: [
      quick('unit', 5 * minute),
      quick('matrix', 5 * minute),
      quick('generators', 5 * minute),
      quick('package', 5 * minute, packed),
      quick('docs', 5 * minute),
      quick('verify', 5 * minute),
      slow('contract', 20 * minute, 1),
      slow('zones', 20 * minute, 2),
      slow('e2e', 20 * minute, 3, packed),
      slow('proofs', 60 * minute, 4, { setupFiles: ['tests/proofs/plain-environment.ts'] }),
    ],
  },
});
