import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Limits are far above what a test takes: they end a test that hangs, on a busy machine as well. */
const minute = 60_000;
const project = (
  name: string,
  testTimeout: number,
  more: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration => ({
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

export default defineConfig({
  test: {
    reporters: ['default', './tests/skip-reporter.ts'],
    projects: [
      project('unit', 2 * minute),
      project('matrix', 5 * minute),
      project('generators', 5 * minute),
      project('package', 5 * minute),
      project('docs', 5 * minute),
      project('verify', 5 * minute),
      project('contract', 20 * minute),
      project('zones', 20 * minute),
      project('e2e', 20 * minute),
      project('proofs', 60 * minute, {
        setupFiles: ['tests/proofs/plain-environment.ts'],
        // Each starts servers, and measures how long they take.
        fileParallelism: false,
      }),
    ],
  },
});
