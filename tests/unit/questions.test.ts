import fs from 'node:fs';
import path from 'node:path';
import Handlebars from 'handlebars';
import { expect, test } from 'vitest';
import { catalogOf } from '../../src/catalog/compile.js';

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
    expect([file, questionsIn(file, fs.readFileSync(path.join(templates, file), 'utf8'))]).toEqual([
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
  expect(questionsIn(file, text)).not.toEqual([]);
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
  expect(questionsIn(file, text)).toEqual([]);
});

/**
 * The expressions of a template that look at a choice: a condition may ask a field of the item in hand, by the name of a
 * loop's variable or as a bare name inside of `each`, or of `with` for a slot of one value; a place in a list takes for granted that somebody was chosen.
 */
function questionsIn(file: string, text: string): string[] {
  const places: string[] = text.match(/\bslots\.\w+\.\[?\d+|\bchoices\b/g) ?? [];
  if (file.endsWith('.hbs')) return [...places, ...askedIn(Handlebars.parse(text), [])];
  const conditions = [...text.matchAll(/\$if (\S+?)(?=:)|\$each .*? of \S+ if (\S+?)(?=:)/g)];
  const variables = new Set(
    [...text.matchAll(/\$(?:each|with) (\w+)(?:, (\w+))? of/g)].flatMap(([, first, second]) => [
      first,
      second ?? first,
    ]),
  );
  // It is rendered for each resource.
  if (/(^|\/)resource\//.test(file)) variables.add('resource');
  const asked = conditions.map(([, alone, behind]) => (alone ?? behind)!);
  const named = [...text.matchAll(/\$with \w+ of (\S+?)(?=:)/g)].map(([, value]) => value!);
  places.push(...named.filter((value) => !values.has(value)));
  return [...places, ...asked.filter((condition) => !variables.has(condition.split('.')[0]))];
}

/** Whether a helper is asked what the resources need, such as `(uses resources "json")`. */
function isOfResources(subject: hbs.AST.Expression): boolean {
  if (subject.type !== 'SubExpression') return false;
  const [first] = (subject as hbs.AST.SubExpression).params as hbs.AST.PathExpression[];
  return first?.original === 'resources';
}

/** @param items for each block around it that goes over items, the names that it gives them */
function askedIn(node: hbs.AST.Program | null | undefined, items: string[][]): string[] {
  return (node?.body ?? []).flatMap((statement) => {
    if (statement.type !== 'BlockStatement') return [];
    const { path: called, params, program, inverse } = statement as hbs.AST.BlockStatement;
    const name = (called as hbs.AST.PathExpression).original;
    const subject = params[0] as hbs.AST.PathExpression | undefined;
    // Every project has a resource.
    const given = subject?.original === 'resources.0' || values.has(subject?.original ?? '');
    const goes = name === 'each' || (name === 'with' && given);
    const inner = goes ? [...items, program?.blockParams ?? []] : items;
    const own = (path: hbs.AST.PathExpression) =>
      path.type === 'PathExpression' &&
      (path.data
        ? /^@(first|last|index|key)$/.test(path.original)
        : // A template of a resource, or of a migration, is rendered for each.
          ['resource', 'migration'].includes(path.parts[0]!) ||
          items.some((names) => names.includes(path.parts[0]!)) ||
          (items.length > 0 && path.depth === 0 && path.parts[0] !== 'slots'));
    // They look at their text alone.
    if (['contents', 'fit', 'wrapped'].includes(name)) return askedIn(program, items);
    const asks = goes ? inverse !== undefined : !subject || !(own(subject) || isOfResources(subject));
    return [
      ...(asks ? [`{{#${name} ${subject?.original ?? ''}}}`] : []),
      ...askedIn(program, inner),
      ...askedIn(inverse, items),
    ];
  });
}
