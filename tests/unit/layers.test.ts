import path from 'node:path';
import { expect, test } from 'vitest';
import { checkLayers } from '../../src/catalog/check-layers.js';
import { readLayers } from '../../src/catalog/template-files.js';

/** An owner of slots of each kind. */
const slots = {
  servers: {
    kind: 'list',
    group: 'services',
    about: 'What runs.',
    items: {
      type: 'object',
      properties: {
        name: { type: 'string', pattern: '^[a-z]+$' },
        ports: { type: 'array', items: { type: 'integer' } },
        size: { enum: ['small', 'large'] },
      },
      required: ['name', 'ports'],
      additionalProperties: false,
    },
  },
  sizes: { kind: 'map', group: 'services', about: 'Sizes by name.', items: { type: 'integer' } },
  user: {
    kind: 'map',
    group: 'image',
    about: 'Who runs.',
    keys: { id: { type: 'integer' }, group: { type: 'integer' } },
    required: ['id'],
  },
  folders: { kind: 'set', group: 'image', about: 'Folders.', items: { type: 'string' } },
  least: { kind: 'min', group: 'operation', about: 'The fewest.', items: { type: 'integer', minimum: 1 } },
  chapter: { kind: 'text', group: 'documents', about: 'Prose.' },
};

/** What is wrong with a layer beside the owner of the slots, line by line. */
function wrongWith(json: unknown, parts: string[] = []): string[] {
  return wrongIn({ 'queues/tea': json }, parts);
}

function wrongIn(layers: Record<string, unknown>, parts: string[] = []): string[] {
  const read = Object.entries({ project: { slots }, ...layers }).map(([id, json]) => ({
    id,
    json,
    parts:
      id === 'queues/tea'
        ? parts.map((name) => ({
            path: name,
            source: `${id}/parts/${name}`,
            data: name.endsWith('.data.yaml'),
          }))
        : [],
    resourceParts: [],
  }));
  try {
    checkLayers(read);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

const wrongTo = (contributes: object) => wrongWith({ contributes });
const at = (place: string) => `templates/queues/tea/layer.json: ${place}`;
const server = { name: 'tea', ports: [1] };

test('what fits its slots passes', () => {
  const contributes = {
    servers: [server, { ...server, size: 'small' }],
    sizes: { pot: 2, cup: { $plan: 'instances' } },
    user: { id: 1 },
    folders: ['a', { $project: 'name' }],
    least: { $plan: 'instances' },
  };
  expect(wrongWith({ contributes }, ['chapter.md'])).toEqual([]);
});

test('a misspelt slot is named with the nearest', () => {
  expect(wrongTo({ serverz: [] })).toEqual([
    at('contributes.serverz: no layer declares this slot; did you mean "servers"?'),
  ]);
  expect(wrongTo({ elsewhere: [] })[0]).toContain('known: servers, sizes, user, folders, least, chapter');
  expect(wrongWith({}, ['chaptre.md'])).toEqual([
    'templates/queues/tea/parts/chaptre.md: no layer declares this slot; did you mean "chapter"?',
  ]);
});

test('a misspelt key is named with the nearest', () => {
  expect(wrongTo({ servers: [{ ...server, sise: 'small' }] })).toEqual([
    at('contributes.servers[0].sise: is not known; did you mean "size"?'),
  ]);
  expect(wrongTo({ user: { id: 1, gruop: 1 } })).toEqual([
    at('contributes.user.gruop: is not known; did you mean "group"?'),
  ]);
  expect(wrongWith({ titel: 'Tea' })).toEqual([at('titel: is not known; did you mean "title"?')]);
});

test('a missing key is named', () => {
  expect(wrongTo({ servers: [server, { name: 'tea' }] })).toEqual([
    at('contributes.servers[1]: has no "ports"'),
  ]);
  expect(wrongTo({ user: { group: 1 } })).toEqual([at('contributes.user: has no "id"')]);
  expect(wrongWith({ requires: { cache: ['pot'] } })).toEqual([
    'templates/queues/tea/layer.json: has no "because", which "requires" needs',
  ]);
});

test('a wrong type or value is named with what is possible', () => {
  expect(wrongTo({ servers: [{ ...server, ports: ['80'] }] })).toEqual([
    at('contributes.servers[0].ports[0]: must be of type integer, is string'),
  ]);
  expect(wrongTo({ servers: server })).toEqual([at('contributes.servers: must be of type array, is object')]);
  expect(wrongTo({ servers: [{ ...server, size: 'larg' }] })).toEqual([
    at('contributes.servers[0].size: is "larg"; did you mean "large"?'),
  ]);
  expect(wrongTo({ servers: [{ ...server, name: 'Tea' }] })).toEqual([
    at('contributes.servers[0].name: does not match ^[a-z]+$'),
  ]);
  expect(wrongTo({ sizes: { 'large pot': 'x' } })).toEqual([
    at('contributes.sizes["large pot"]: must be of type integer, is string'),
  ]);
  expect(wrongTo({ least: 0 })).toEqual([at('contributes.least: must be >= 1')]);
  expect(wrongWith([])).toEqual(['templates/queues/tea/layer.json: must be of type object, is array']);
});

test('a reference to nothing is named with the nearest', () => {
  expect(wrongTo({ least: { $plan: 'instanses' } })).toEqual([
    at('contributes.least: the plan has no "instanses"; did you mean "instances"?'),
  ]);
  expect(wrongTo({ folders: [{ $project: 'nam' }] })).toEqual([
    at('contributes.folders[0]: the project has no "nam"; did you mean "name"?'),
  ]);
  expect(wrongTo({ sizes: { pot: { $plans: 'instances' } } })).toEqual([
    at('contributes.sizes.pot: "$plans" is not a kind of reference; did you mean "$plan"?'),
  ]);
  expect(wrongTo({ sizes: { pot: { $plan: 'instances', cup: 1 } } })).toEqual([
    at('contributes.sizes.pot: a reference has no key besides "$plan"'),
  ]);
  expect(wrongTo({ sizes: { pot: { $project: 'name' } } })).toEqual([
    at('contributes.sizes.pot: must be of type integer, is string'),
  ]);
});

test('a reference to nothing hides nothing else', () => {
  const wrong = wrongTo({ sizes: { pot: { $plan: 'x' }, pots: 'x' } });
  expect(wrong.map((line) => line.split(': ')[1])).toEqual([
    'contributes.sizes.pot',
    'contributes.sizes.pots',
  ]);
});

test('text and data do not take the place of each other', () => {
  expect(wrongTo({ chapter: ['x'] })).toEqual([
    at('contributes.chapter: "chapter" is a slot of text: it is filled by queues/tea/parts/chapter.*'),
  ]);
  expect(wrongWith({}, ['folders.txt'])).toEqual([
    'templates/queues/tea/parts/folders.txt: "folders" is a slot of data (set): "contributes" fills it',
  ]);
});

test('a declaration is checked, and nothing is said about what would go to it', () => {
  const declared = (changes: object) =>
    wrongWith({
      slots: {
        cups: { kind: 'list', group: 'image', about: 'Cups.', items: { type: 'string' }, ...changes },
      },
      contributes: { cups: [1] },
    });
  expect(declared({})).toEqual([at('contributes.cups[0]: must be of type string, is number')]);
  expect(declared({ kind: 'lst' })).toEqual([at('slots.cups.kind: is "lst"; did you mean "list"?')]);
  expect(declared({ group: 'imag' })).toEqual([at('slots.cups.group: is "imag"; did you mean "image"?')]);
  expect(declared({ about: 'cups' })[0]).toContain('slots.cups.about: does not match');
  expect(declared({ items: undefined })).toEqual([at('slots.cups: has no "items"')]);
  expect(declared({ items: { typ: 'string' } })[0]).toMatch(/slots\.cups\.items: .*"typ"/);
  expect(declared({ keys: {} })).toEqual([at('slots.cups.keys: does not belong here')]);
  expect(declared({ kind: 'map', items: undefined })).toEqual([at('slots.cups: has no "items"')]);
  expect(declared({ kind: 'map', keys: {} })).toEqual([at('slots.cups.items: does not belong here')]);
  expect(declared({ kind: 'map', required: ['cup'] })).toEqual([
    at('slots.cups: has no "keys", which "required" needs'),
  ]);
  expect(wrongWith({ slots: { cups: 'list' } }, ['cups.md'])).toEqual([
    at('slots.cups: must be of type object, is string'),
  ]);
  const map = { kind: 'map', items: undefined, keys: { cup: {} }, required: ['cap'] };
  expect(declared(map)).toEqual([
    at('slots.cups.required: "cap" is not among the keys; did you mean "cup"?'),
  ]);
});

test('a slot of a language has its own group, and languages may have one of the same name', () => {
  const words = (type: string) => ({
    slots: { words: { kind: 'set', group: type, about: 'Words.', items: { type } } },
  });
  const layers = {
    'languages/string': words('string'),
    'languages/number': words('number'),
    'languages/number/queues/tea': { contributes: { words: ['one'] } },
    'languages/string/queues/tea': { contributes: { words: ['one'] } },
  };
  expect(wrongIn(layers)).toEqual([
    'templates/languages/number/queues/tea/layer.json: contributes.words[0]: must be of type number, is string',
  ]);
});

test('all that is wrong is said at once', () => {
  const wrong = wrongWith({ titel: 'Tea', contributes: { serverz: [], servers: [{}, { $plan: 'x' }] } }, [
    'x.md',
  ]);
  expect(wrong.map((line) => line.split(': ')[1])).toEqual([
    'titel',
    'contributes.serverz',
    'contributes.servers[1]',
    'contributes.servers[0]',
    'contributes.servers[0]',
    expect.anything(),
  ]);
});

test('the layers themselves pass, and none of them tells the rendering more than the kinds of slots', () => {
  const layers = readLayers(path.resolve(import.meta.dirname, '../../templates'));
  const { data, declares } = layers.find(({ id }) => id === 'project')!;
  expect([data.slots!.env, declares.env!.kind]).toEqual(['list', 'list']);
  expect(Object.keys(data)).not.toContain('$schema');
});
