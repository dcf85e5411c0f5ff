import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { makeProject, scratchFolder } from '../../command-line.js';
import { debian, requires } from '../../requirements.js';
import { endings, migrate } from './migrate.js';
import { wrongReleases } from './release.js';
import { judge, terraform } from './tools.js';

const templates = path.resolve(import.meta.dirname, '../../../templates/deploy');
const targets = fs
  .readdirSync(templates)
  .filter((target) => fs.existsSync(path.join(templates, target, 'files/deploy/terraform')));
/** Functions end with their requests. */
const withoutWorkers = 'lambda';
const large = ['--peak-rps=3000', '--p95-ms=900', '--db-connections=600', '--db-cores=12', '--zones=2'];
const projects = targets.flatMap((deploy) => [
  { name: `${deploy}-fastify`, deploy, framework: 'fastify', auth: 'jwt', queue: 'none', args: [] },
  { name: `${deploy}-fastapi-large`, deploy, framework: 'fastapi', auth: 'none', queue: 'none', args: large },
  ...(deploy === withoutWorkers
    ? []
    : [
        {
          name: `${deploy}-express-workers`,
          deploy,
          framework: 'express',
          auth: 'jwt',
          queue: 'redis',
          args: [],
        },
        {
          name: `${deploy}-fastapi-workers`,
          deploy,
          framework: 'fastapi',
          auth: 'none',
          queue: 'redis',
          args: large,
        },
      ]),
]);
const folder = scratchFolder('terraform');
const folderOf = ({ name }: { name: string }) => path.join(folder, name);
let wrong: Record<string, string[]>;

const prepare = requires(debian('python3-venv', 'shellcheck'), terraform);

prepare(async () => {
  for (const { name, args, ...choices } of projects) {
    const place = await makeProject(
      folder,
      name,
      { ...choices, database: 'postgresql', cache: 'redis' },
      { args: ['--no-install', ...args] },
    );
    addDownloads(place);
  }
  wrong = await judge(projects.map(folderOf));
});

afterAll(() => fs.removeSync(folder));

/** What README.md has its reader download before the first apply. */
function addDownloads(place: string): void {
  const readme = fs.readFileSync(path.join(place, 'README.md'), 'utf8');
  for (const [, file] of readme.matchAll(/^curl .*--output (certificates\/\S*) /gm))
    fs.ensureFileSync(path.join(place, file!));
}

test.each(projects)('Terraform accepts, tests and applies $name', ({ name }) => {
  expect(wrong[name]).toEqual([]);
});

test.each(projects)('shellcheck accepts the scripts of $name', async (project) => {
  const deploy = path.join(folderOf(project), 'deploy');
  const scripts = fs
    .readdirSync(deploy, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sh'));
  const { exitCode, all } = await execa('shellcheck', scripts, { cwd: deploy, all: true, reject: false });
  expect(exitCode, all).toBe(0);
});

describe.each(Object.keys(endings))('migrate.sh of %s', (deploy) => {
  test.each(endings[deploy]!)('ends as its task does: $name', async (ending) => {
    const { exitCode, all } = await migrate(folderOf({ name: `${deploy}-fastify` }), ending);
    expect(all).toContain(ending.says);
    expect(exitCode, all).toBe(ending.exitCode);
  });
});

test.each(targets)(
  'deploy/release of %s calls what it should, and ends where a call fails',
  async (deploy) => {
    expect(await wrongReleases(folderOf({ name: `${deploy}-fastify` }))).toEqual([]);
  },
);
