import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Answers, sampleResource } from '../../src/answers/answers.js';
import { possibleValues } from '../../src/answers/judge.js';
import { manifestPath } from '../../src/answers/manifest.js';
import { answersWith, resolveAnswers } from '../../src/answers/resolve.js';
import { axes } from '../../src/catalog/axes.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';

const templates = path.resolve(import.meta.dirname, '../../templates');
const catalog = catalogOf(templates);
const frameworks = catalog.values('framework').map(({ name }) => name);
/** What layers of all kinds add to: packages, how they are installed and tested, how an endpoint is added. */
const gathered = [
  'package.json',
  'pnpm-workspace.yaml',
  'vitest.config.ts',
  'README.md',
  'AGENTS.md',
  'docs/how-to.md',
  manifestPath,
];
const adapterLayer = /^languages\/([^/]+)\/frameworks\/([^/]+)/;

const languageOf = new Map(
  catalog.layers.flatMap(({ id }) => {
    const [whole, language, framework] = adapterLayer.exec(id) ?? [];
    return whole === id ? [[framework!, language!] as const] : [];
  }),
);
/** Frameworks of one language, each with the first of them. */
const pairs = frameworks.flatMap((framework) => {
  const first = frameworks.find((other) => languageOf.get(other) === languageOf.get(framework))!;
  return first === framework ? [] : [[first, framework] as const];
});

/** Answers with the first and with the last value of every axis, and with those in between by turns. */
function answersOf(framework: string, turn: number): Answers {
  const choices: Record<string, string> = { framework };
  for (const { name } of axes) {
    const possible = possibleValues(catalog, name, choices);
    choices[name] ??= possible[turn % possible.length]!.name;
  }
  return answersWith(catalog, {
    ...choices,
    resources: [sampleResource, 'order-line: quantity:integer+'],
  });
}

/** Whether a file of the project comes from the adapter of its framework. */
function isAdapters(answers: Answers, file: string): boolean {
  return catalog
    .layersOf(answers)
    .filter(({ id }) => adapterLayer.test(id))
    .flatMap(({ files, resourceFiles, migrationFiles }) => [...files, ...resourceFiles, ...migrationFiles])
    .some((owned) => new RegExp(`^${owned.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(file));
}

test('some frameworks share a language', () => {
  expect(pairs.length).toBeGreaterThan(0);
});

describe.each(pairs)('%s and %s', (first, second) => {
  test.each([0, 1, 2])('differ in their adapters alone (%i)', (turn) => {
    const sides = [first, second].map((framework) => answersOf(framework, turn)) as [Answers, Answers];
    const [left, right] = sides.map((answers) => render(resolveAnswers(catalog, answers), '1.0.0'));
    const all = [...new Set([...left!.keys(), ...right!.keys()])].filter((file) => !gathered.includes(file));
    const adapters = all.filter((file) => sides.some((answers) => isAdapters(answers, file)));
    expect(adapters).toContain('src/app.ts');
    const different = all.filter((file) => left!.get(file)?.text !== right!.get(file)?.text);
    expect(different.filter((file) => !adapters.includes(file))).toEqual([]);
  });
});

test.each(frameworks)('%s is named in its own folder alone', (framework) => {
  const own = path.join('frameworks', framework);
  const named = fs
    .readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(templates, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes(own) && !/^(versions\/|presets\/|layer\.schema\.json)/.test(file))
    .filter((file) => namesIn(fs.readFileSync(path.join(templates, file), 'utf8')).includes(framework));
  expect(named).toEqual([]);
});

test.each([
  ["import plugin from '@fastify/static';", 'fastify'],
  ['const fastifyOptions = {};', 'fastify'],
  ['// As Express has it', 'express'],
])('a framework is found in %s', (text, framework) => {
  expect(namesIn(text)).toEqual([framework]);
});

test('no framework is found in words that are longer', () => {
  expect(namesIn('a regular expression, expressed')).toEqual([]);
});

/** The frameworks that a text names, also as part of a name in camelCase. */
function namesIn(text: string): string[] {
  const words = text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return frameworks.filter((name) => words.includes(name));
}
