import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/services.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Nothing may depend on the time zone of the machine.
    env: { TZ: 'Asia/Kolkata' },
    // Packages that import files of this project have to go through the same transformation.
    server: { deps: { inline: [] } },
  },
});
