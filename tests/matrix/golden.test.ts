import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { goldenFolder, goldenProjects } from './golden.js';

// What a change of a template does to a project is seen in the change itself: `npm run golden` renews it.
test.each([...goldenProjects()])('the kept project of %s is what is rendered', (framework, files) => {
  const folder = path.join(goldenFolder, framework);
  const kept = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  expect(kept.sort()).toEqual([...files.keys()].sort());
  for (const [file, { text }] of files)
    expect([file, fs.readFileSync(path.join(folder, file), 'utf8')]).toEqual([file, text]);
});
