import { defineConfig } from 'vitest/config';

const minute = 60_000;
const project = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout,
    // Of tests that start whole projects: more would only wait for the processor.
    maxConcurrency: 3,
    hookTimeout: Math.max(testTimeout, minute),
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', 10_000),
      project('matrix', 2 * minute),
      project('generators', minute),
      project('package', minute),
      project('docs', minute),
      project('verify', minute),
      project('contract', 10 * minute),
      project('e2e', 10 * minute),
    ],
  },
});
