import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandFor } from '../../src/answers/command-line.js';
import { parse } from '../../src/answers/request.js';
import { type Resolved, resolve, resolveAnswers } from '../../src/answers/resolve.js';
import type { Catalog } from '../../src/catalog/catalog.js';
import { catalogFor } from '../../src/catalog/catalog-for.js';
import { UserError } from '../../src/cli/errors.js';
import { render } from '../../src/render/render.js';

let here: string;

beforeEach(() => {
  here = fs.mkdtempSync(path.join(os.tmpdir(), 'layers-'));
});

afterEach(() => fs.removeSync(here));

type Files = Record<string, string | object>;

function write(folder: string, files: Files): void {
  for (const [file, content] of Object.entries(files))
    fs.outputFileSync(
      path.join(here, folder, file),
      typeof content === 'string' ? content : JSON.stringify(content, null, 2),
    );
}

const from = (...sources: string[]) => ({ layers: sources.map((source) => ({ from: source })) });

function made(catalog: Catalog, ...flags: string[]): Resolved {
  const resolved = resolve(catalog, parse([path.join(here, 'apps/shop'), ...flags]));
  if (Array.isArray(resolved)) throw new UserError(resolved);
  return resolved;
}

/** What is wrong with layers, line by line. */
async function wrongWith(files: Files, ...flags: string[]): Promise<string[]> {
  write('layers', files);
  try {
    render(made(await catalogFor(from('./layers'), here), ...flags), '1.0.0');
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems.map(({ possible }) => possible);
  }
}

const note = { 'acme/layer.json': {}, 'acme/files/note.md.hbs': '{{project.name}}: {{plan.instances}}\n' };

test('a layer adds a file, items of slots and a value of an axis', async () => {
  write('layers', {
    ...note,
    'acme/layer.json': { contributes: { ignored: ['acme.log'] } },
    'acme/parts/readmeTests.md': 'Acme reads the results.\n\n',
    'languages/node/acme/layer.json': { contributes: { npmDependencies: ['acme-log'] } },
    'languages/node/frameworks/fastify/acme/layer.json': {},
    'languages/node/frameworks/fastify/acme/files/src/plugins/acme.ts': 'export default async () => {};\n',
    'versions/package.json': { dependencies: { 'acme-log': '3.2.1' } },
    'deploy/nomad/layer.json': { title: 'Nomad', rank: 8 },
    'deploy/nomad/files/deploy/run': '#!/bin/sh\n',
    'presets/acme.json': { hint: 'as Acme has it', answers: { deploy: 'nomad' } },
  });
  fs.chmodSync(path.join(here, 'layers/deploy/nomad/files/deploy/run'), 0o755);
  const catalog = await catalogFor(from('./layers'), here);
  expect(catalog.values('deploy').map(({ name }) => name)).toContain('nomad');
  expect(catalog.presets.map(({ name }) => name)).toContain('acme');
  const files = render(made(catalog, '--deploy', 'nomad'), '1.0.0');
  expect(files.get('note.md')?.text).toMatch(/^shop: \d+\n$/);
  expect(files.get('.gitignore')?.text).toContain('\n/acme.log\n');
  expect(files.get('README.md')?.text).toContain('Acme reads the results.');
  expect(files.get('package.json')?.text).toContain('"acme-log": "3.2.1"');
  expect(files.has('src/plugins/acme.ts')).toBe(true);
  expect(files.get('deploy/run')).toEqual({ text: '#!/bin/sh\n', executable: true });
  const other = render(made(catalog, '--framework', 'fastapi'), '1.0.0');
  expect(other.has('note.md')).toBe(true);
  expect([...other.keys()].filter((file) => /acme|deploy\/run/.test(file))).toEqual([]);
});

test('the last of several layers in one folder is taken', async () => {
  write('one', { ...note, 'ci/none/layer.json': { title: 'One' } });
  write('two', { 'ci/none/layer.json': { title: 'Two' } });
  const title = async (...sources: string[]) =>
    (await catalogFor(from(...sources), here)).values('ci').find(({ name }) => name === 'none')?.title;
  expect(await title()).toBe('None');
  expect(await title('./one', './two')).toBe('Two');
  expect(await title('./two', './one')).toBe('One');
});

test('answers record where layers come from, seen from the project, and what they were', async () => {
  const cwd = path.relative('.', here);
  write('layers', note);
  write('node_modules/@acme/layers', {
    'package.json': { name: '@acme/layers', version: '2.1.0', exports: {} },
    'layers/ci/acme/layer.json': { title: 'Acme', rank: 8 },
  });
  const request = from(`./${cwd}/layers`);
  const hashes = async () => (await catalogFor(from('./layers', '@acme/layers'), here)).sources;
  const [folder, installed] = await hashes();
  expect(folder).toEqual({ from: './layers', hash: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(installed).toEqual({ from: '@acme/layers', version: '2.1.0', hash: expect.any(String) });

  const catalog = await catalogFor(request, '.');
  const resolved = made(catalog);
  expect(resolved.answers.layers).toEqual([{ from: '../../layers', hash: folder!.hash }]);
  const manifest = JSON.parse(render(resolved, '1.0.0').get('.scalable-api.json')!.text);
  const project = path.join(here, 'apps/shop');
  const again = await catalogFor(manifest.answers, project);
  expect(render(resolveAnswers(again, manifest.answers), '1.0.0')).toEqual(render(resolved, '1.0.0'));
  expect(commandFor(catalog, resolved.answers, project)).toContain(
    `--layers ${path.relative('.', here)}/layers`,
  );

  write('layers', { 'acme/files/more.txt': 'more' });
  const [changed, same] = await hashes();
  expect(changed!.hash).not.toBe(folder!.hash);
  expect(same).toEqual(installed);
});

test('an answers file names layers as its folder sees them; flags win', async () => {
  write('apps/shop', { 'answers.json': { layers: [{ from: '../../layers' }, { from: '@acme/layers' }] } });
  const file = path.join(here, 'apps/shop/answers.json');
  const { layers, problems } = parse(['shop', '--answers', file]);
  expect(problems).toEqual([]);
  expect(layers.map((layer) => layer.from)).toEqual([
    path.relative('.', path.join(here, 'layers')),
    '@acme/layers',
  ]);
  expect(parse(['shop', '--answers', file, '--layers', './own']).layers).toEqual([{ from: './own' }]);
  write('apps/shop', { 'answers.json': { layers: ['../../layers'] } });
  expect(parse(['shop', '--answers', file]).problems[0]?.possible).toMatch(/"layers" that are no list of/);
});

test('layers that are not there are named', async () => {
  const refused = async (source: string) => {
    try {
      await catalogFor(from(source), here);
      return [];
    } catch (error) {
      return (error as UserError).problems.map(({ given, possible }) => `${given}: ${possible}`);
    }
  };
  expect(await refused('./layers')).toEqual([`layers of "./layers": there is no folder ${here}/layers`]);
  expect((await refused('acme-layers'))[0]).toMatch(/no package of this name is installed for .*begins with/);
  fs.mkdirpSync(path.join(here, 'layers/acme/files'));
  expect(await refused('./layers')).toEqual([
    `layers of "./layers": there is no layer.json below ${here}/layers`,
  ]);
  write('node_modules/acme-layers', { 'package.json': {} });
  expect((await refused('acme-layers'))[0]).toContain('the package has no folder "layers"');
});

test.each<[string, Files, string | RegExp | string[]]>([
  [
    'a contribution to no slot',
    { 'acme/layer.json': { title: 'Acme', contributes: { envv: [] } } },
    './layers/acme/layer.json:4: contributes.envv: no layer declares this slot; did you mean "env"?',
  ],
  [
    'an item of another form',
    { 'acme/layer.json': { contributes: { ignored: ['a', 1] } } },
    './layers/acme/layer.json:5: contributes.ignored[1]: must be of type string, is number',
  ],
  [
    'an unknown key',
    { 'acme/layer.json': { titel: 'Acme' } },
    /^\.\/layers\/acme\/layer\.json:2: titel: is not known; did you mean "title"\?$/,
  ],
  ['what is no JSON', { 'acme/layer.json': '{\n  "title": }' }, /^\.\/layers\/acme\/layer\.json:2: /],
  [
    'a part for no slot',
    { ...note, 'acme/parts/readmeTest.md': 'x' },
    /^\.\/layers\/acme\/parts\/readmeTest\.md: no layer declares this slot; did you mean "readmeTests"\?$/,
  ],
  [
    'a base that is no layer',
    { 'deploy/nomad/layer.json': { extends: 'clouds/awss' } },
    './layers/deploy/nomad/layer.json:2: extends: "clouds/awss" is no layer; did you mean "clouds/aws"?',
  ],
  [
    'a template that asks about a choice',
    { ...note, 'acme/files/a.md.hbs': 'x\n{{#if slots.poolers}}x{{/if}}' },
    /^\.\/layers\/acme\/files\/a\.md\.hbs:2: \{\{#if slots\.poolers\}\} asks about a choice/,
  ],
  [
    'a document that asks about a choice',
    { ...note, 'acme/files/a.yaml.data.yaml': 'a: 1\n$if slots.poolers:\n  b: 1\n' },
    /^\.\/layers\/acme\/files\/a\.yaml\.data\.yaml:2: slots\.poolers asks about a choice/,
  ],
  [
    'a helper that is none',
    { ...note, 'acme/files/a.md.hbs': 'x\n{{shout project.name}}' },
    /^\.\/layers\/acme\/files\/a\.md\.hbs:2: .*unknown helper shout/,
  ],
  [
    'a block without an end',
    { ...note, 'acme/resource/files/a.md.hbs': 'x\n{{#each resources}}' },
    /^\.\/layers\/acme\/resource\/files\/a\.md\.hbs:2: Parse error/,
  ],
  ['what is no YAML', { ...note, 'acme/files/a.yaml.data.yaml': 'a: [' }, /a\.yaml\.data\.yaml:1: Flow/],
  [
    'a folder that nothing selects',
    { 'deploys/nomad/layer.json': {} },
    './layers/deploys/nomad: nothing selects a layer in this folder; did you mean "deploy"?',
  ],
  ['a language that is none', { 'languages/nod/auth/jwt/layer.json': {} }, /nothing selects a layer/],
  [
    'code',
    { ...note, 'acme/helpers.ts': '' },
    /^\.\/layers\/acme\/helpers\.ts: layers from outside have no code/,
  ],
  [
    'a layer that takes the slots of others away',
    { 'languages/node/frameworks/express/layer.json': { title: 'Express' } },
    ['routers', 'locals'].map(
      (name) =>
        `./layers/languages/node/frameworks/express/layer.json:1: slots: has no "${name}", which the layer that it replaces declares`,
    ),
  ],
  [
    'a file that another layer writes',
    { ...note, 'acme/files/README.md': 'x' },
    'two layers write README.md: project and acme',
  ],
  [
    'a value that is not there',
    { ...note, 'acme/files/a.md.hbs': 'x\n{{plan.instanses}}' },
    /^\.\/layers\/acme\/files\/a\.md\.hbs:2: "instanses" not defined/,
  ],
])('%s is refused', async (_, files, says) => {
  const wrong = await wrongWith(files);
  expect(wrong).toEqual(
    [says].flat().map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))),
  );
});
