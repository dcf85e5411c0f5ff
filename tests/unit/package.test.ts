import path from 'node:path';
import fs from 'fs-extra';
import { expect, test } from 'vitest';
import { catalogOf } from '../../src/catalog/compile.js';

const root = path.resolve(import.meta.dirname, '../..');

test('a registry finds the package by each framework and its language', () => {
  const { keywords, description } = fs.readJsonSync(path.join(root, 'package.json'));
  for (const { name, hint } of catalogOf(path.join(root, 'templates')).values('framework')) {
    const language = hint.split(', ').at(-1)!;
    expect(keywords).toEqual(expect.arrayContaining([name, language.toLowerCase()]));
    expect(description).toContain(language);
  }
});
