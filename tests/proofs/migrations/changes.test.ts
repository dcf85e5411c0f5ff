import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, expect, test } from 'vitest';
import type { ResourceHistory } from '../../../src/resources/history.js';
import { makeProject, scratchFolder } from '../../command-line.js';
import { requires, uv } from '../../requirements.js';
import { fresh, renamedColumns, rendered, stages } from './changes.js';

const { made, changed, finished } = stages();
const folder = scratchFolder('changes');
const prepare = requires(uv);
const rows = 6000;

afterAll(() => fs.removeSync(folder));
prepare(async () => {});

/** A project in Python at a stage, with the files of one in SQL beside it. */
async function projectOf(
  database: string,
  stage: string,
  resources: readonly ResourceHistory[],
): Promise<string> {
  const choices = { framework: 'fastapi', database, auth: 'none' };
  const answers = path.join(folder, `${stage}.json`);
  fs.writeJsonSync(answers, { resources });
  const project = await makeProject(folder, `${database}-${stage}`, choices, {
    args: ['--answers', answers],
  });
  const inSql = { ...choices, framework: 'fastify' };
  const write = (below: string, files: Iterable<readonly [string, { text: string }]>, from: string) => {
    for (const [file, { text }] of files)
      if (file.startsWith(from)) fs.outputFileSync(path.join(project, below, path.basename(file)), text);
  };
  const before = rendered(inSql, made);
  write('in-sql/made', before, 'migrations/');
  write('in-sql/fresh', rendered(inSql, fresh(finished)), 'migrations/');
  const after = [...rendered(inSql, resources)].filter(([file]) => !before.has(file));
  write('in-sql/changes', after, 'migrations/');
  write('in-sql/rows', before, 'seeds/');
  const orders = Array.from({ length: rows }, (_, row) => {
    const id = `01900000-0000-7000-a000-${String(row).padStart(12, '0')}`;
    return `('${id}', ${row}, 'paid', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`;
  });
  fs.writeFileSync(
    path.join(project, 'in-sql/rows/9999_orders.sql'),
    `insert into "orders" ("id", "total", "status", "created_at", "updated_at") values\n${orders.join(',\n')};\n`,
  );
  fs.outputFileSync(
    path.join(project, 'in-sql/later/orders.sql'),
    `update "orders" set "status" = 'sent'${stage === 'changed' ? ', "group" = null' : ''};\n`,
  );
  fs.writeJsonSync(path.join(project, 'renamed.json'), renamedColumns(resources));
  return project;
}

test.each([
  ['postgresql', 'changed'],
  ['postgresql', 'finished'],
  ['sqlite', 'changed'],
  ['sqlite', 'finished'],
])(
  'rows keep their values, and the schema is the one that a new project has: %s, %s',
  async (database, stage) => {
    const project = await projectOf(database, stage, stage === 'changed' ? changed : finished);
    const script = path.join(import.meta.dirname, `${database}.py`);
    const { exitCode, all } = await execa('uv', ['run', 'python', script, stage], {
      cwd: project,
      env: { PYTHONPATH: `${import.meta.dirname}:.` },
      all: true,
      reject: false,
    });
    expect([exitCode, all]).toEqual([0, expect.stringMatching(/^the same$/m)]);
  },
);
