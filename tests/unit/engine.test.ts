import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { afterEach, expect, test } from 'vitest';
import { commandFor } from '../../src/answers/command-line.js';
import { possibleValues, problems } from '../../src/answers/judge.js';
import { projectOf } from '../../src/answers/project-name.js';
import { parse } from '../../src/answers/request.js';
import { answersWith, resolvedWith } from '../../src/answers/resolve.js';
import { axes, openAxes } from '../../src/catalog/axes.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { nearest } from '../../src/cli/nearest.js';
import { helpText } from '../../src/commands/help.js';
import { listText } from '../../src/commands/list.js';
import { render } from '../../src/render/render.js';

const root = path.resolve(import.meta.dirname, '../..');
const templates = path.join(root, 'templates');
const folders: string[] = [];
const shipped = catalogOf(templates);
/** `none` is a word of the language more than a value, `npm` the name of a registry and of its conventions as well. */
const valueNames = axes
  .flatMap(({ name }) => shipped.values(name).map((value) => value.name))
  .filter((name) => !['none', 'npm'].includes(name));

afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

/** A copy of the templates with files added. */
function templatesWith(files: Record<string, string>): string {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'templates-'));
  folders.push(copy);
  fs.cpSync(templates, copy, { recursive: true });
  for (const [file, text] of Object.entries(files)) fs.outputFileSync(path.join(copy, file), text);
  return copy;
}

/** A slot of a made-up layer. */
const leaves = { kind: 'list', group: 'project', about: 'Kinds of tea.', items: { type: 'string' } };

const renderWith = (files: Record<string, string>) =>
  render(resolvedWith(catalogOf(templatesWith(files)), { queue: 'none' }), '1.0.0');

test('two writers of one file are named', () => {
  expect(() => renderWith({ 'queues/none/files/openapi.yaml': 'x' })).toThrow(
    /two layers write openapi\.yaml: project and queues\/none/,
  );
});

test('a contribution that nobody renders is named', () => {
  const data = JSON.stringify({ contributes: { nowhere: ['x'] } });
  expect(() => renderWith({ 'queues/none/layer.json': data })).toThrow(
    /templates\/queues\/none\/layer\.json:1: contributes\.nowhere: no layer declares this slot/,
  );
  expect(() => renderWith({ 'queues/none/parts/nowhere.txt': 'x' })).toThrow(
    /templates\/queues\/none\/parts\/nowhere\.txt: no layer declares this slot/,
  );
  const other = JSON.stringify({ contributes: { certificates: [] } });
  expect(() => renderWith({ 'queues/none/layer.json': other })).toThrow(
    /queues\/none contributes to "certificates"/,
  );
  expect(() => renderWith({ 'queues/none/parts/release.sh': 'x' })).toThrow(
    /queues\/none has a part "release"/,
  );
});

test('what belongs to two values is there with both', () => {
  const files = renderWith({
    'queues/none/auth/jwt/layer.json': '{}',
    'queues/none/auth/jwt/files/both.txt': 'both',
    'queues/none/auth/none/layer.json': '{}',
    'queues/none/auth/none/files/other.txt': 'other',
  });
  expect([files.has('both.txt'), files.has('other.txt')]).toEqual([true, false]);
});

test('what is not asked for is given by its flag, and named in the command where it is not the default', () => {
  const given = parse(['shop', '--load-test', 'locust']);
  expect([given.problems, given.hints, given.choices]).toEqual([[], [], { loadTest: 'locust' }]);
  const former = parse(['shop', '--load', 'locust']);
  expect(former).toEqual({ ...given, hints: ['--load is now --load-test'] });
  expect(parse(['shop', '--load', 'k6', '--load-test', 'locust']).problems).toHaveLength(1);
  expect(openAxes({})).not.toContain('loadTest');
  expect(problems(shipped, { loadTest: 'wrk' })).toMatchObject([
    { given: '--load-test wrk', command: 'create-scalable-api shop --yes --load-test k6' },
  ]);
  const answers = path.join(templatesWith({ 'answers.json': '{"loadTool":"locust"}' }), 'answers.json');
  const { choices, hints } = parse(['shop', '--answers', answers]);
  expect([choices, hints]).toEqual([
    given.choices,
    [`answers file "${answers}": "loadTool" is now "loadTest"`],
  ]);
  fs.writeFileSync(answers, '{"loadTool":"locust","loadTest":"locust"}');
  expect(parse(['shop', '--answers', answers]).problems).toMatchObject([
    { possible: /"loadTool".*"loadTest"/ },
  ]);
  expect(commandFor(shipped, answersWith(shipped), 'shop')).not.toContain('--load');
  expect(commandFor(shipped, answersWith(shipped, { loadTest: 'locust' }), 'shop')).toContain(
    '--load-test locust',
  );
});

test('a template that renders to nothing is no file, an empty file is one', () => {
  const files = renderWith({
    'queues/none/files/a.txt.hbs': '{{#each slots.singleInstance}}{{this}}{{/each}}',
    'queues/none/files/b.txt': '',
  });
  expect([files.has('a.txt'), files.has('b.txt')]).toEqual([false, true]);
});

test('a layer brings helpers for its language or format, and two of one name are refused', () => {
  const shout = "export function shout(text: string): string { return text.toUpperCase().concat('!'); }";
  const files = { 'queues/none/helpers.ts': shout, 'queues/none/files/a.txt.hbs': '{{shout "tea"}}' };
  expect(renderWith(files).get('a.txt')!.text).toBe('TEA!');
  expect(() => renderWith({ ...files, 'caches/redis/helpers.ts': shout })).toThrow(
    /queues\/none\/helpers\.ts: there is another helper "shout"/,
  );
});

test('a value that a template misses is named with the line of the template', () => {
  expect(() => renderWith({ 'queues/none/files/a.txt.hbs': '{{missing}}' })).toThrow(
    /queues\/none\/files\/a\.txt\.hbs:1: "missing" not defined$/,
  );
  expect(() => renderWith({ 'queues/none/files/a.txt.hbs': '{{json resource.missing}}' })).toThrow(
    /queues\/none/,
  );
});

test('a slot that two layers declare, and a reference to nothing, are named', () => {
  const declares = JSON.stringify({ slots: { env: leaves } });
  expect(() => renderWith({ 'queues/none/layer.json': declares })).toThrow(/env[\s\S]*queues\/none/);
  for (const reference of [{ $plan: 'nothing' }, { $project: 'nothing' }]) {
    const data = JSON.stringify({ contributes: { npmScripts: { extra: reference } } });
    expect(() => renderWith({ 'queues/none/layer.json': data })).toThrow(/queues\/none[\s\S]*nothing/);
  }
});

test('what several values have in common comes before them', () => {
  const files = {
    'commons/tea/layer.json': JSON.stringify({ slots: { leaves } }),
    'commons/tea/files/tea.txt.hbs': '{{join slots.leaves ", "}}',
    'commons/green/layer.json': JSON.stringify({
      extends: 'commons/tea',
      contributes: { leaves: ['green'] },
    }),
    'commons/black/layer.json': JSON.stringify({ contributes: { leaves: ['black'] } }),
    'queues/none/layer.json': JSON.stringify({
      extends: ['commons/green', 'commons/black'],
      contributes: { leaves: ['mint'] },
    }),
  };
  expect(renderWith(files).get('tea.txt')!.text).toBe('green, black, mint');
  const orphan = JSON.stringify({ extends: 'commons/coffee' });
  expect(() => renderWith({ 'queues/none/layer.json': orphan })).toThrow(
    /queues\/none\/layer\.json:1: extends: "commons\/coffee" is no layer/,
  );
});

test('two layers that disagree on a key are named', () => {
  const data = JSON.stringify({ contributes: { npmScripts: { dev: 'other' } } });
  expect(() => renderWith({ 'queues/none/layer.json': data })).toThrow(/"dev" is already given by/);
});

test('a slot of one value is null without a contribution, and takes one', () => {
  const spoon = { kind: 'value', group: 'project', about: 'The spoon.', items: { type: 'string' } };
  const owner = { rank: 1, slots: { spoon } };
  const files = {
    'tea/layer.json': JSON.stringify(owner),
    'tea/files/spoon.md.hbs': 'A {{#with slots.spoon}}{{this}}{{else}}hand{{/with}}',
  };
  expect(renderWith(files).get('spoon.md')?.text).toBe('A hand');
  const silver = JSON.stringify({ contributes: { spoon: 'silver' } });
  const wood = JSON.stringify({ ...owner, contributes: { spoon: 'wooden' } });
  expect(renderWith({ ...files, 'queues/none/layer.json': silver }).get('spoon.md')?.text).toBe('A silver');
  expect(() => renderWith({ ...files, 'tea/layer.json': wood, 'queues/none/layer.json': silver })).toThrow(
    /queues\/none: slot "spoon": tea already gives it/,
  );
});

test('a layer.json is checked when the catalogue is read', () => {
  expect(() => renderWith({ 'queues/none/layer.json': '{"titel":"x"}' })).toThrow(
    /templates\/queues\/none\/layer\.json:1: titel: is not known; did you mean "title"/,
  );
  expect(() => renderWith({ 'queues/none/layer.json': '{' })).toThrow(/queues\/none\/layer\.json/);
  const services = JSON.stringify({ contributes: { services: [{ imgae: 'redis' }] } });
  expect(() => renderWith({ 'queues/none/layer.json': services })).toThrow(
    /layer\.json:1: contributes\.services\[0\]\.imgae: is not known; did you mean "image"/,
  );
  const reserved = JSON.stringify({ reserved: { tables: {}, fields: { a: 1 } } });
  expect(() => renderWith({ 'queues/none/layer.json': reserved })).toThrow(
    /reserved\.tables: is not known[\s\S]*reserved\.fields\.a: must be of type string/,
  );
});

test('a database is added by dropping folders in', () => {
  const copy = templatesWith({});
  fs.cpSync(path.join(copy, 'databases/sqlite'), path.join(copy, 'databases/madeup'), { recursive: true });
  fs.cpSync(
    path.join(copy, 'languages/node/databases/sqlite'),
    path.join(copy, 'languages/node/databases/madeup'),
    { recursive: true },
  );
  const catalog = catalogOf(copy);
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);
  expect(names(catalog.values('database'))).toContain('madeup');
  expect(names(possibleValues(catalog, 'database', {}))).toContain('madeup');
  expect(problems(catalog, { database: 'madeup' })).toEqual([]);
  expect(helpText(catalog)).toContain('madeup');
  expect(listText(catalog)).toContain('madeup');
  const files = render(resolvedWith(catalog, { database: 'madeup' }), '1.0.0');
  expect(files.has('migrations/0101_products.sql')).toBe(true);
});

test('a value without a cell for the language is not offered', () => {
  const catalog = catalogOf(templatesWith({ 'databases/paper/layer.json': '{"title":"Paper"}' }));
  expect(problems(catalog, { framework: 'fastify', database: 'paper' })[0]).toMatchObject({
    given: '--database paper',
    possible: expect.stringContaining('postgresql'),
  });
});

test('what a value needs of another axis is said in its own words', () => {
  const because = 'Tea needs a shared store.';
  const files = {
    'queues/tea/layer.json': JSON.stringify({ requires: { cache: ['redis'] }, because }),
    'languages/node/queues/tea/layer.json': '{}',
  };
  const catalog = catalogOf(templatesWith(files));
  const [problem] = problems(catalog, { framework: 'fastify', cache: 'memory', queue: 'tea' });
  expect(problem!.possible).toContain(because);
  expect(problems(catalog, { cache: 'memory', queue: 'tea' })).toEqual([problem]);
  expect(
    possibleValues(catalog, 'queue', { framework: 'fastify', cache: 'memory' }).map(({ name }) => name),
  ).not.toContain('tea');
});

test('no value of an axis is named in the generator', () => {
  const sources = ['src', 'generators'].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      // Servers are told by the protocol of their URL, which is all that verify knows of a project.
      .filter((file) => !file.startsWith(path.join('verify', 'services')))
      // The format of verify.yaml has the servers that verify starts for any project.
      .filter((file) => !file.startsWith(path.join('verify', 'described')))
      .map((file) => path.join(root, folder, file)),
  );
  expect(sources.length).toBeGreaterThan(15);
  // What verify asks for is put in words of HTTP, of credentials, of a process's memory, and of its sources.
  const words = (file: string) =>
    file.includes(`${path.sep}verify${path.sep}`) ? ['jwt', 'api-key', 'oidc', 'memory', 'kubernetes'] : [];
  const named = sources
    .map((file) => [file, valuesIn(fs.readFileSync(file, 'utf8'))] as const)
    .filter(([file, values]) => values.some((value) => !words(file).includes(value)));
  expect(named).toEqual([]);
});

test.each([
  ["if (database === 'postgresql')", 'postgresql'],
  ['if (/^Postgresql$/i.test(database))', 'postgresql'],
  ['const ports = { sqlite: 0 };', 'sqlite'],
  ['choices.cache === `redis`', 'redis'],
  ["'PREFIX_REDIS'", 'redis'],
  ["import { jwtRoutes } from './jwt.js';", 'jwt'],
  ["ci === 'github'", 'github'],
  ["'/app/memory/cache'", 'memory'],
])('a value is found in %s', (text, value) => {
  expect(valuesIn(text)).toEqual(expect.arrayContaining([value]));
});

test.each([
  'const command = refuse(`none of the numbers`);',
  '/** Runs in memory. */ const names = /^(\\.git|\\.github|\\.gitkeep)$/; // like GitHub',
  'const composeWith = (Class) => decomposed(Class);',
])('no value is found in %s', (text) => {
  expect(valuesIn(text)).toEqual([]);
});

/** The words of code in camelCase, snake_case and kebab-case alike. */
function wordsOf(text: string): string {
  const separated = text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return ` ${(separated.match(/[a-z0-9]+/g) ?? []).join(' ')} `;
}

/** The values of axes that code names as a word, or as a part of one. Comments may. */
function valuesIn(text: string): string[] {
  const code = text
    .replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
    // Yeoman's word, a folder that anybody may have, and what tells verify that it runs in a job.
    .replace(/\bcomposeWith\b|\.github\b|\bGITHUB_(ACTIONS|STEP_SUMMARY)\b/g, '');
  const words = wordsOf(code);
  return valueNames.filter((name) => words.includes(wordsOf(name)));
}

test('the command line is taken apart, and everything wrong with it is found', () => {
  const good = parse([
    'shop',
    '--database=sqlite',
    '--resource',
    'a: b:text',
    '--resource',
    'c: d:text',
    '--peak-rps',
    '900',
    '--yes',
  ]);
  expect(good.problems).toEqual([]);
  expect(good).toMatchObject({
    directory: 'shop',
    choices: { database: 'sqlite' },
    load: { peakRps: 900 },
  });
  expect(good.resources).toHaveLength(2);
  const bad = parse([
    'shop',
    'too',
    '--cach',
    'redis',
    '--database',
    'sqlite',
    '--database',
    'postgresql',
    '--peak-rps',
    'many',
    '--auth',
  ]);
  const given = bad.problems.map((problem) => problem.given).join('\n');
  for (const part of [
    'too',
    '--cach',
    '--database sqlite and --database postgresql',
    '--peak-rps many',
    '--auth',
  ])
    expect(given).toContain(part);
});

test.each([
  ['databsae', 'database'],
  ['prot', 'port'],
  ['titel', 'title'],
  ['elsewhere', undefined],
])('the nearest of some words to %s is %s', (word, near) => {
  expect(nearest(word, ['port', 'title', 'database'])).toBe(near);
});

test('names of projects', () => {
  expect(projectOf('Café Shop!')).toMatchObject({
    title: 'Café Shop!',
    name: 'cafe-shop',
    snake: 'cafe_shop',
  });
  expect(projectOf('/tmp/my-api/')).toMatchObject({ name: 'my-api' });
  for (const name of ['node_modules', '日本', 'http', 'x'.repeat(56)])
    expect(() => projectOf(name)).toThrow();
});
