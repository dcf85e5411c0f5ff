import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { sampleResource } from '../../src/answers/answers.js';
import { resolvedWith } from '../../src/answers/resolve.js';
import type { axisNames } from '../../src/catalog/axes.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const namesOf = (axis: (typeof axisNames)[number]) => catalog.values(axis).map(({ name }) => name);
/** Plain, each is a truth value or nothing to a reader of YAML 1.1, which most readers are. */
const words = ['yes', 'no', 'on', 'off', 'y', 'n', 'true', 'false', 'null'];
/** The same for numbers, which only values of enumerations can look like. */
const numbers = ['1e3', '0x1f', '0o17', '017', '12', '1_000', '0b11', '1E5', '2026-01-15'];
/** A word that is nothing but itself. */
const plain = 'zebra';

interface Made {
  choices?: Record<string, string>;
  name?: string;
  resources?: string[];
}

/** Every YAML file of a project, as a reader of YAML 1.1 understands it. */
function understood({
  choices = {},
  name = 'shop',
  resources = [sampleResource],
}: Made): Record<string, unknown> {
  const project = { title: name, name, snake: name };
  const files = [...render(resolvedWith(catalog, { ...choices, project, resources }), '1.0.0')].filter(
    ([file]) => /\.ya?ml$/.test(file),
  );
  return Object.fromEntries(files.map(([file, { text }]) => [file, parsed(text)]));
}

/** Most files are the same in most projects. */
const known = new Map<string, unknown>();

function parsed(text: string): unknown {
  if (!known.has(text))
    known.set(
      text,
      [...parseAllDocuments(text, { version: '1.1' })].map((document) =>
        document.toJS({ maxAliasCount: -1 }),
      ),
    );
  return known.get(text);
}

/** The same with that word in the place of the plain one, in keys and in texts, and nothing else. */
function renamed(value: unknown, word: string): unknown {
  const change = (text: string) =>
    text
      .replaceAll(plain, word)
      .replaceAll(capital(plain), capital(word))
      .replaceAll(plain.toUpperCase(), word.toUpperCase());
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((entry) => renamed(entry, word));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [change(key), renamed(entry, word)]));
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}

function expectSame(made: (word: string) => Made, word: string): void {
  const wanted = renamed(understood(made(plain)), word) as Record<string, unknown>;
  const got = understood(made(word));
  expect(Object.keys(got)).toEqual(Object.keys(wanted));
  for (const file of Object.keys(wanted)) expect([file, got[file]]).toEqual([file, wanted[file]]);
}

/** Each value at least once: what belongs to one axis is written without regard to the others. */
const axes = ['deploy', 'ci', 'framework', 'loadTest'] as const;
const deployments = Array.from({ length: Math.max(...axes.map((axis) => namesOf(axis).length)) }, (_, turn) =>
  Object.fromEntries(axes.map((axis) => [axis, namesOf(axis)[turn % namesOf(axis).length]!])),
);

describe.each(deployments)('with $deploy, $ci, $framework and $loadTest', (choices) => {
  test.each(['yes', 'no', 'y', 'null'])('a project called %s has the same files as any other', (word) => {
    expectSame((name) => ({ choices, name }), word);
  });
});

describe.each(namesOf('framework'))('with %s', (framework) => {
  test.each(words)('a field called %s is described like any other', (word) => {
    const field = (name: string) => ({
      choices: { framework },
      resources: [`thing: ${name}:string(1,20)!+, other:integer`, `part: ${name}:enum(a|b)+`],
    });
    expectSame(field, word);
  });

  test.each([...words, ...numbers])('a value %s of an enumeration is described like any other', (word) => {
    const values = (value: string) => ({
      choices: { framework },
      resources: [`thing: kind:enum(${value}|b)+, state:enum(b|${value})?+`],
    });
    expectSame(values, word);
  });
});

test.each(words.filter((word) => word.length > 1))('a resource called %s is described as one', (word) => {
  const [document] = understood({ resources: [`${word}: ${word}:integer`] })['openapi.yaml'] as [
    { components: { schemas: Record<string, unknown> }; tags: { name: unknown }[] },
  ];
  expect(Object.keys(document.components.schemas)).toContain(capital(word));
  for (const { name } of document.tags) expect(name).toBeTypeOf('string');
});
