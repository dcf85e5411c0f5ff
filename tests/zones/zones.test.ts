import path from 'node:path';
import fs from 'fs-extra';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Servers } from '../../src/verify/cluster/dependencies.js';
import { readProject } from '../../src/verify/cluster/project.js';
import { scratchFolder } from '../command-line.js';
import { frameworks, Projects, shared } from '../contract/projects.js';
import { finished } from '../e2e/project.js';

const made = frameworks.map((framework) => ({ framework, ...shared }));
const servers: Servers[] = [];
const scratchFolders: string[] = [];
let projects: Projects;

beforeAll(() => {
  projects = new Projects(made);
}, 1_800_000);

afterAll(async () => {
  for (const one of servers) await one.close();
  for (const folder of scratchFolders) fs.removeSync(folder);
  projects?.remove();
});

/** Sets the time zone and the date style of the server, of its databases to come and of the role, each another one. */
async function moveAbroad(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of [
      "alter system set timezone = 'America/St_Johns'",
      "alter system set datestyle = 'German, DMY'",
      "alter role current_user set timezone = 'Pacific/Chatham'",
      "alter role current_user set datestyle = 'SQL, DMY'",
      'select pg_reload_conf()',
    ])
      await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A setting of a new session. */
async function settingOf(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query('select current_setting($1) as value', [name])).rows[0].value;
  } finally {
    await client.end();
  }
}

test.each(made)('the suite of a $framework project passes in other time zones', async (choices) => {
  const folder = projects.of(choices);
  const scratch = scratchFolder('zones');
  scratchFolders.push(scratch);
  const project = readProject(folder);
  const started = await Servers.start(project, scratch);
  servers.push(started);
  const dependencies = await started.open(project, 'zones');
  const { env } = dependencies;
  const server = new URL(env.DATABASE_URL!);
  server.pathname = '/postgres';
  await moveAbroad(server.href);
  expect(await settingOf(server.href, 'TimeZone')).toBe('Pacific/Chatham');
  const [command, ...args] = fs
    .readJsonSync(path.join(folder, '.scalable-api.json'))
    .run.commands.test.split(' ');
  const printed = await finished(folder, command, args, {
    TZ: 'Asia/Kolkata',
    TEST_DATABASE_URL: server.href,
    TEST_REDIS_URL: env.REDIS_URL!,
  });
  expect(printed).toMatch(/\d+ passed/);
  await dependencies.close();
});
