import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { makeProject, scratchFolder } from '../../command-line.js';
import { verify } from '../../contract/projects.js';
import { everyValue } from '../../odd-resources.js';
import { type Combination, notRun, Passed } from '../../passed.js';
import { debian, requires, schemathesis, uv } from '../../requirements.js';
import { judgeDocument } from './documents.js';
import { type Instance, start } from './instance.js';
import { attack } from './slowhttptest.js';
import { fromNpm } from './tools.js';

/** A project that is judged, with its list that anybody may read and its operation without sign-in that reads a body. */
interface Project extends Combination {
  name: string;
  list: string;
  open: string;
}

/** One whose instances share everything, and one with every type of field. */
const pairOf = (framework: string): readonly Project[] => [
  {
    name: `${framework}-shared`,
    choices: { framework, database: 'postgresql', cache: 'redis', auth: 'jwt' },
    list: '/v1/products',
    open: '/v1/auth/login',
  },
  {
    name: `${framework}-single`,
    choices: { framework, database: 'sqlite', cache: 'memory', auth: 'none' },
    resources: [
      'order: total:decimal, status:enum(pending|paid)+, group:string(0,10)?',
      'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer+, amount:decimal?, ok:boolean, kind:enum(a|b)+, tag:uuid?, day:date+, due:datetime+, orderId:ref(order), parent:ref(item)?',
      everyValue,
    ],
    list: '/v1/items',
    open: '/v1/items',
  },
];
const passed = new Passed('judges', ['tests/proofs/judges'], notRun);
const folder = scratchFolder('judges');

const prepare = requires(
  debian('nginx', 'slowhttptest', 'redis-server', 'python3-venv'),
  fromNpm,
  schemathesis,
  uv,
);

afterAll(() => fs.removeSync(folder));

// Two projects at a time, which is what a small machine can run.
describe.each(['fastify', 'express', 'fastapi'])('%s', (framework) => {
  const pair = pairOf(framework);
  const open = pair.some((project) => !passed.has(project));
  for (const project of pair) passed.recordWhenPassed(project, afterAll);
  const folders = new Map<string, string>();
  const instances = new Map<string, Instance>();

  if (open)
    prepare(async () => {
      for (const { name, choices, resources } of pair) {
        folders.set(name, await makeProject(folder, name, choices, { resources: resources ?? [] }));
        instances.set(name, await start(folders.get(name)!, choices.auth !== 'none'));
      }
    });

  afterAll(async () => {
    for (const { close } of instances.values()) await close();
  });

  test.runIf(open).each(pair)('redocly and spectral accept the document of $name', async ({ name }) => {
    await judgeDocument(name, folders.get(name)!);
  });

  describe('schemathesis', () => {
    test.runIf(open).concurrent.each(pair)('finds no fault in $name', async ({ name }) => {
      const { url, token } = instances.get(name)!;
      const { code, passed, output } = await verify(url, ['--write', '--only', 'OA2'], {
        VERIFY_TOKEN: token,
      });
      expect({ code, passed }, output).toEqual({ code: 0, passed: ['OA2'] });
    });
  });

  // Not at the same time as other load: how long other callers wait is measured.
  describe('slowhttptest', () => {
    test.runIf(open).concurrent.each(pair)(
      'holds up no other caller of $name',
      // On a busy machine another caller may wait for the processor.
      { retry: 1 },
      async ({ name, list, open }) => {
        const { url, front } = instances.get(name)!;
        const scratch = path.join(folder, `attacks-on-${name}`);
        fs.ensureDirSync(scratch);
        await attack({ document: `${front}/openapi.json`, list: url + list, open: url + open }, scratch);
      },
    );
  });
});
