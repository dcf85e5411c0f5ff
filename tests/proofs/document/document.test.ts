import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeProject, scratchFolder } from '../../command-line.js';
import { everyValue } from '../../odd-resources.js';
import { requires, uv } from '../../requirements.js';

/** Every type of field: plain, nullable, unique, filtered, and with names that Python keeps for itself. */
const resources = [
  'customer: name:string(1,80)!, title:string?, bio:text, note:text?, code:uuid!, born:date, seen:datetime?+, level:integer+, points:integer?, price:decimal, paid:decimal?, active:boolean+, vip:boolean?+, kind:enum(one)+, tone:enum(a|b-c|D)?+',
  'order: customer:ref(customer), rival:ref(customer)?, total:decimal!, day:date?+, uid:uuid?, at:datetime, class:string+, fields:string, other:uuid+',
  everyValue,
];
const stores = [
  { database: 'postgresql', cache: 'redis' },
  { database: 'sqlite', cache: 'memory' },
];
const projects = stores.flatMap((store) => ['jwt', 'none'].map((auth) => ({ ...store, auth })));
const folder = scratchFolder('document');
const prepare = requires(uv);
const folders = new Map<object, string>();

prepare(async () => {
  for (const choices of projects) {
    const name = Object.values(choices).join('-');
    folders.set(
      choices,
      await makeProject(folder, name, { framework: 'fastapi', ...choices }, { resources }),
    );
  }
});
afterAll(() => fs.removeSync(folder));

test.each(projects)('the code has the document of the generator: $database, $auth', async (choices) => {
  const project = folders.get(choices)!;
  const file = path.join(project, 'openapi.yaml');
  const generated = parse(fs.readFileSync(file, 'utf8'));
  await execa('uv', ['run', 'openapi'], { cwd: project, all: true });
  expect(parse(fs.readFileSync(file, 'utf8'))).toEqual(generated);
});
