import path from 'node:path';
import fs from 'fs-extra';
import { describe, expect, test } from 'vitest';
import { licencesOf, notFree } from '../licences.js';

const root = path.resolve(import.meta.dirname, '../..');

describe('licences', () => {
  test('of all packages that the lock file names let everybody use them', () => {
    expect(notFree(licencesOf(fs.readJsonSync(path.join(root, 'package-lock.json'))))).toEqual([]);
  });

  test.each([
    ['AGPL-3.0-only', false],
    ['GPL-3.0-or-later', false],
    ['MIT', true],
    ['(MIT OR GPL-3.0-or-later)', true],
    ['MIT AND GPL-3.0-or-later', false],
    [undefined, false],
  ])('%s: %s', (licence, free) => {
    expect(notFree({ package: licence })).toHaveLength(free ? 0 : 1);
  });

  test('no program under the AGPL is fetched for tests: k6, Grafana, Loki, Tempo', () => {
    const sources = ['tests', 'scripts', 'bench', '.ci'].flatMap((folder) =>
      fs
        .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((file) => path.join(folder, file))
        .filter((file) => !file.startsWith('tests/golden/') && /\.(ts|sh|py|mod)$|\.ci\/run$/.test(file))
        .filter((file) => file !== path.relative(root, import.meta.filename)),
    );
    expect(sources.length).toBeGreaterThan(200);
    const modules = /\bgo\.k6\.io\b|\bgithub\.com\/grafana\//;
    expect(sources.filter((file) => modules.test(fs.readFileSync(path.join(root, file), 'utf8')))).toEqual(
      [],
    );
  });
});
