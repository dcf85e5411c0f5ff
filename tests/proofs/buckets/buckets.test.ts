import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { makeProject, scratchFolder } from '../../command-line.js';
import { verify } from '../../contract/projects.js';
import { Passed } from '../../passed.js';
import { debian, requires, uv } from '../../requirements.js';
import { Store } from './store.js';

const combinations = ['fastify', 'fastapi'].map((framework) => ({
  framework,
  database: 'postgresql',
  cache: 'redis',
  auth: 'jwt',
  queue: 'redis',
}));
/** Rows that write, read and delete results. */
const rows = ['JB1', 'JB2', 'JB6', 'JB10', 'JB11'];
const passed = new Passed('buckets', ['tests/proofs/buckets', 'src/verify']);
const folder = scratchFolder('buckets');
let store: Store | undefined;

const prepare = requires(debian('redis-server'), uv);

prepare(async () => {
  store = await Store.start();
});

afterAll(() => {
  store?.stop();
  fs.removeSync(folder);
});

describe.each(combinations)('$framework', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);
  const name = choices.framework;

  test.runIf(!passed.has({ choices }))('results of jobs are kept in a bucket', async () => {
    const project = await makeProject(folder, name, choices);
    const given = { ...store!.credentials, FILES_URL: store!.url(name) };
    const settings = Object.entries(given).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]);
    const done = await verify(project, ['--only', rows.join(','), ...settings]);
    expect(done.passed.sort(), done.output).toEqual([...rows].sort());
    const keys = await store!.keys(name);
    expect(keys.length).toBeGreaterThan(rows.length);
    // A job has one result: that of its last attempt.
    const jobs = keys.map((key) => new RegExp(`^${name}/exports/([0-9a-f-]{36})/\\d+$`).exec(key)?.[1]);
    expect(new Set(jobs).size).toBe(keys.length);
  });
});
