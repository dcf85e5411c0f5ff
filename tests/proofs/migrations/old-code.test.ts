import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, expect, test } from 'vitest';
import { cli, makeProject, scratchFolder } from '../../command-line.js';
import { requires, uv } from '../../requirements.js';

const folder = scratchFolder('old-code');
const prepare = requires(uv);

afterAll(() => fs.removeSync(folder));
prepare(async () => {});

const resources = [
  'product: name:string(1,120), description:text?, price:decimal, status:enum(draft|active)+',
  'order: total:decimal, productId:ref(product), note:string(0,20), code:string(1,9)!',
];
/** Changes during which instances with the code before them go on. */
const changes = [
  ['product', "+sku:string=''", '-description', 'name:string(1,200)+', 'status:enum(draft|active|sold)+'],
  ['review: text:string(1,80), productId:ref(product)'],
  ['order', '-note', '+paid:boolean=false', '+parentId:ref(order)?'],
];
const rename = ['product', 'price=amount'];

/** A language, its tests of resources, and the migrations of a resource. */
const languages = {
  fastify: {
    tests: ['npx', 'vitest', 'run', 'tests/integration/resources'],
    migrations: 'migrations',
  },
  fastapi: {
    tests: ['uv', 'run', 'pytest', '-q', 'tests/integration/resources'],
    migrations: 'migrations/versions',
  },
};

test.each([
  { framework: 'fastify', database: 'postgresql', words: [...changes, rename] },
  { framework: 'fastapi', database: 'postgresql', words: [...changes, rename] },
  // A file has one server: a table is copied while no instance runs, and both columns of a rename are not kept equal.
  { framework: 'fastify', database: 'sqlite', words: changes },
  { framework: 'fastapi', database: 'sqlite', words: changes },
] as const)(
  'tests of the code before a change pass on the schema after it: $framework, $database',
  async ({ framework, database, words }) => {
    const choices = { framework, database, cache: 'memory', auth: 'none' };
    const project = await makeProject(folder, `${framework}-${database}`, choices, { resources });
    const { tests, migrations } = languages[framework];
    const after = path.join(folder, `${framework}-${database}-after`);
    fs.copySync(project, after, { filter: (file) => !/\/(node_modules|\.venv)$/.test(file) });
    for (const change of words)
      await execa('node', [cli, 'resource', ...change, '--no-install'], { cwd: after });
    const names = (root: string) => fs.readdirSync(path.join(root, migrations)).sort();
    const added = names(after).filter((name) => !names(project).includes(name));
    expect(added.length).toBeGreaterThanOrEqual(words.length);
    for (const name of added)
      fs.copySync(path.join(after, migrations, name), path.join(project, migrations, name));
    const [program, ...args] = tests;
    const { exitCode, all } = await execa(program!, args, { cwd: project, all: true, reject: false });
    expect(exitCode, all).toBe(0);
  },
);
