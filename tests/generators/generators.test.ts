import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createEnv } from 'yeoman-environment';
import helpers from 'yeoman-test';
import AppGenerator from '../../generators/app/index.js';
import ResourceGenerator from '../../generators/resource/index.js';
import { type Answers, sampleResource } from '../../src/answers.js';
import { axisNames } from '../../src/axes.js';
import { defaultLoad } from '../../src/load.js';
import { render } from '../../src/render.js';
import { catalogOf } from '../../src/templates.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const answers = {
  ...Object.fromEntries(axisNames.map((axis) => [axis, catalog.values(axis)[0]!.name])),
  project: { title: 'Shop', name: 'shop', snake: 'shop' },
  resources: [sampleResource, 'order: total:decimal'],
  load: defaultLoad,
  packageManager: 'npm',
} as Answers;
const version = '1.0.0';
const expected = render(catalog, answers, version);

test('the app generator composes a resource generator for each resource and writes all files', async () => {
  const result = await helpers.run(AppGenerator as never).withOptions({ answers, version } as never);
  for (const [file, { text }] of expected) result.assertEqualsFileContent(file, text);
  expect(Object.keys(result.getSnapshot()).length).toBe(expected.size);
});

test('the resource generator writes what belongs to its resource, and nothing else', async () => {
  const options = { answers, version, resource: 'order' };
  const result = await helpers.run(ResourceGenerator as never).withOptions(options as never);
  const own = [...expected].filter(([, { resource }]) => resource === 'order').map(([file]) => file);
  expect(own).toContain('src/resources/orders/routes.ts');
  expect(Object.keys(result.getSnapshot()).sort()).toEqual(own.sort());
});

test('the built generators run in a real Yeoman environment', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'yeoman-'));
  const environment = createEnv({ cwd: folder, skipInstall: true } as never);
  environment.register(path.resolve(import.meta.dirname, '../../dist/generators/app/index.js'), {
    namespace: 'scalable-api:app',
  });
  await environment.run(['scalable-api:app'], { answers, version, force: true, skipInstall: true } as never);
  for (const [file, { text }] of expected)
    expect([file, fs.readFileSync(path.join(folder, file), 'utf8')]).toEqual([file, text]);
  fs.rmSync(folder, { recursive: true });
});
