import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, expect, test } from 'vitest';
import { resolvedWith } from '../../../src/answers/resolve.js';
import { catalogOf } from '../../../src/catalog/compile.js';
import { render } from '../../../src/render/render.js';
import { makeProject, scratchFolder } from '../../command-line.js';
import { everyValue } from '../../odd-resources.js';
import { requires, uv } from '../../requirements.js';

/** Every type of field in each form, and names that are long or like others. */
const resources = [
  'customer: name:string(1,80)!, title:string?, bio:text, note:text?, code:uuid!, born:date, seen:datetime?+, level:integer+, points:integer?, price:decimal, paid:decimal?, active:boolean+, vip:boolean?+, kind:enum(one)+, tone:enum(a|b-c|D)?+',
  'order: customer:ref(customer), rival:ref(customer)?, parent:ref(order)?+, total:decimal!, day:date?+, uid:uuid?, at:datetime, class:string+, key:integer, group:string?, other:uuid+',
  'news: items:integer+, itemsCode:integer+, itemsCodeKey:integer!, pkey:integer+',
  'newsItem: code:integer!, codeKey:integer+, newsId:ref(news)',
  'purchaseOrderLineItemAdjustmentRequest: customerBillingAddressLineOne:string(1,9)+, customerBillingAddressLineTwo:string(1,9)!',
  everyValue,
];
const projects = ['postgresql', 'sqlite'].flatMap((database) =>
  ['jwt', 'none'].map((auth) => ({ database, auth })),
);
const root = path.resolve(import.meta.dirname, '../../..');
const folder = scratchFolder('migrations');
const prepare = requires(uv);
const folders = new Map<object, string>();

prepare(async () => {
  const catalog = catalogOf(path.join(root, 'templates'));
  for (const choices of projects) {
    const name = Object.values(choices).join('-');
    const project = await makeProject(folder, name, { framework: 'fastapi', ...choices }, { resources });
    const inSql = render(resolvedWith(catalog, { framework: 'fastify', ...choices, resources }), '1.0.0');
    for (const [file, { text }] of inSql)
      if (file.startsWith('migrations/'))
        fs.outputFileSync(path.join(project, 'in-sql', path.basename(file)), text);
    folders.set(choices, project);
  }
});
afterAll(() => fs.removeSync(folder));

test.each(projects)('Alembic makes the schema of the files in SQL: $database, $auth', async (choices) => {
  const script = path.join(import.meta.dirname, `${choices.database}.py`);
  const { exitCode, all } = await execa('uv', ['run', 'python', script], {
    cwd: folders.get(choices)!,
    env: { PYTHONPATH: `${import.meta.dirname}:.` },
    all: true,
    reject: false,
  });
  expect([exitCode, all]).toEqual([0, expect.stringMatching(/^the same$/m)]);
});
