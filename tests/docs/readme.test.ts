import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'vitest';

test('README.md and the terminal picture say what the generator does', () => {
  execFileSync('npx', ['tsx', 'scripts/docs.ts', '--check'], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    stdio: 'pipe',
  });
});
