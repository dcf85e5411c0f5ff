import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.fixture.ts'],
    reporters: ['default', path.resolve(import.meta.dirname, '../../skip-reporter.ts')],
  },
});
