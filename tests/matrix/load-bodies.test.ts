import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fs from 'fs-extra';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';
import { everyType, everyValue, order } from '../odd-resources.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'load-bodies-'));
const resources = [
  everyType,
  everyValue,
  order,
  'seat: code:string(2,4)!, place:integer!, row:decimal!, day:date!, holder:ref(person)!',
];

afterAll(() => fs.removeSync(folder));

test('the bodies of a load test are valid for the contract that it reads', async () => {
  const files = render(resolvedWith(catalog, { framework: 'fastify', loadTest: 'k6', resources }), '1.0.0');
  for (const [file, { text }] of files)
    if (file.startsWith('load/lib/')) fs.outputFileSync(path.join(folder, file), text);
  fs.writeJsonSync(path.join(folder, 'package.json'), { type: 'module' });
  const load = (name: string) => import(pathToFileURL(path.join(folder, 'load/lib', name)).href);
  const { resourcesOf } = await load('resources.js');
  const { bodyFor, changesFor } = await load('bodies.js');
  const contract = parse(files.get('openapi.yaml')!.text);
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);

  const found = resourcesOf(contract);
  expect(found.map((resource: { path: string }) => resource.path)).toEqual([
    '/v1/people',
    '/v1/orders',
    '/v1/items',
    '/v1/seats',
  ]);
  for (const resource of found) {
    const { post } = contract.paths[resource.path];
    const name = post.requestBody.content['application/json'].schema.$ref.split('/').at(-1);
    const accepts = ajv.compile(contract.components.schemas[name]);
    const bodies = Array.from({ length: 50 }, () =>
      bodyFor(resource, () => '01900000-0000-7000-8000-000000000001'),
    );
    for (const body of bodies) expect([body, accepts(body), accepts.errors]).toEqual([body, true, null]);
    for (const [field, schema] of Object.entries<Record<string, unknown>>(resource.fields)) {
      if (!schema['x-unique'] || schema['x-references']) continue;
      expect([field, new Set(bodies.map((body) => body[field])).size]).toEqual([field, 50]);
      expect(changesFor(resource)).not.toHaveProperty(field);
    }
  }
});
