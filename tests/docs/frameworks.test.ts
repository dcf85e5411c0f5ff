import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const page = fs.readFileSync(path.join(root, 'docs/frameworks.md'), 'utf8');
const chapters = page.split(/^## /m).slice(1);

test.each(chapters.map((text) => [text.split('\n')[0]!.toLowerCase(), text]))(
  'every file that is named exists in a project of %s',
  (framework, text) => {
    const project = path.join(root, 'tests/golden', framework);
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, file]) => file!));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((file) => !fs.existsSync(path.join(project, file)))).toEqual([]);
  },
);
