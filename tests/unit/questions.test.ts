import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { catalogOf } from '../../src/catalog/compile.js';
import { questionsIn } from '../../src/catalog/questions.js';

const templates = path.resolve(import.meta.dirname, '../../templates');
/** The slots of one value, which may be missing: a block that gives it a name is to it what `each` is to a list. */
const values = new Set(
  catalogOf(templates)
    .layers.flatMap(({ data }) => Object.entries(data.slots ?? {}))
    .flatMap(([slot, kind]) => (kind === 'value' ? [`slots.${slot}`] : [])),
);

test('no template asks about a choice', () => {
  const files = fs
    .readdirSync(templates, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.hbs$|\.data\.yaml$/.test(file));
  expect(files.length).toBeGreaterThan(15);
  for (const file of files)
    expect([file, questionsIn(file, fs.readFileSync(path.join(templates, file), 'utf8'), values)]).toEqual([
      file,
      [],
    ]);
});

test.each([
  ['a.hbs', '{{choices.redis}}'],
  ['a.hbs', '{{#contents}}{{#if slots.poolers}}x{{/if}}{{/contents}}'],
  ['a.hbs', '{{#if slots.poolers}}x{{/if}}'],
  ['a.hbs', '{{#unless slots.terms.account}}x{{/unless}}'],
  ['a.hbs', '{{#with slots.loadTool}}x{{/with}}'],
  ['a.hbs', '{{#with slots.deployment}}x{{else}}y{{/with}}'],
  ['a.hbs', '{{#if slots.deployment}}x{{/if}}'],
  ['a.hbs', '{{#with slots.deployment}}{{#if @root.slots.poolers}}x{{/if}}{{/with}}'],
  ['a.hbs', '{{^slots.poolers}}x{{/slots.poolers}}'],
  ['a.hbs', '{{#slots.poolers}}x{{/slots.poolers}}'],
  ['a.hbs', '{{#each slots.a}}x{{else}}y{{/each}}'],
  ['a.hbs', '{{#each slots.a}}{{#if ../slots.poolers}}x{{/if}}{{/each}}'],
  ['a.hbs', '{{#each slots.a}}{{#each b}}{{#if ../copies}}x{{/if}}{{/each}}{{/each}}'],
  ['a.hbs', '{{#each slots.a}}{{#if @root.slots.poolers}}x{{/if}}{{/each}}'],
  ['a.hbs', '{{#if (pick slots.terms "account")}}x{{/if}}'],
  ['a.hbs', '{{slots.poolers.[0].name}}'],
  ['a.data.yaml', 'a: ((slots.poolers.0.name))'],
  ['a.data.yaml', '$if slots.poolers:\n  a: 1'],
  ['a.data.yaml', '$if resource.refs:\n  a: 1'],
  ['a.data.yaml', '$with x of slots.poolers:\n  a: 1'],
  ['a.data.yaml', '$if slots.deployment:\n  a: 1'],
  ['a.data.yaml', '$each x of slots.y if plan.poolers:\n  a: 1'],
  ['a.data.yaml', '$each x of slots.y: [$if project.name: 1]'],
  ['a.data.yaml', 'a: ((choices.cache))'],
])('in %s, a question is found in %s', (file, text) => {
  expect(questionsIn(file, text, values)).not.toEqual([]);
});

test.each([
  ['a.hbs', '{{#each slots.env}}{{#if make}}{{name}}{{else}}{{#unless @last}}x{{/unless}}{{/if}}{{/each}}'],
  [
    'a.hbs',
    '{{#each slots.a as |target|}}{{#each b}}{{#with target.registry}}{{user}}{{/with}}{{/each}}{{/each}}',
  ],
  ['a.hbs', '{{#with slots.deployment}}{{#if image}}x{{/if}}{{/with}}'],
  ['a.hbs', '{{resources.[0].path}}'],
  ['a.hbs', '{{#if (uses resources "json")}}x{{/if}}'],
  ['a.hbs', '{{#with resources.[0]}}{{#if refs}}x{{/if}}{{/with}}'],
  ['resource/parts/a.data.yaml', '$if resource.refs:\n  b: 1'],
  ['a.data.yaml', '$with x of slots.deployment:\n  $if x.image:\n    b: 1'],
  ['a.data.yaml', '$each x of slots.y if x.z:\n  $if x.a:\n    b: ((resources.0.path))'],
])('in %s, no question is found in %s', (file, text) => {
  expect(questionsIn(file, text, values)).toEqual([]);
});
