import fs from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { schemaText, slotsPage } from '../../scripts/docs/slots.js';
import { readLayers } from '../../src/catalog/template-files.js';

const root = path.resolve(import.meta.dirname, '../..');
const templates = path.join(root, 'templates');
const layers = readLayers(templates);
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');
const schema = read('templates/layer.schema.json');
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
const validate = ajv.compile(JSON.parse(schema));

test('docs/slots.md and layer.schema.json say what the layers declare', () => {
  expect(read('docs/slots.md') === slotsPage(layers), 'npm run docs').toBe(true);
  expect(schema === schemaText(layers), 'npm run docs').toBe(true);
});

test('every slot is filled, and read', () => {
  expect(slotsPage(layers)).not.toMatch(/^- (contributed|read) by $/m);
});

test.each(layers.map(({ id }) => [id]))(
  '%s/layer.json names its schema first, and fits it as it stands',
  (id) => {
    const file = path.join(templates, id, 'layer.json');
    const json = JSON.parse(fs.readFileSync(file, 'utf8'));
    expect(Object.keys(json)[0]).toBe('$schema');
    expect(path.resolve(path.dirname(file), json.$schema)).toBe(path.join(templates, 'layer.schema.json'));
    expect([validate(json), validate.errors]).toEqual([true, null]);
  },
);

test('an editor takes a reference for a value, and no other object', () => {
  const instances = (value: unknown) => validate({ contributes: { instances: value } });
  expect([1, { $plan: 'instances' }].map(instances)).toEqual([true, true]);
  expect(['1', { $plan: 'nothing' }, { plan: 'instances' }].map(instances)).toEqual([false, false, false]);
});
