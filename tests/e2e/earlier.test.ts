import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manifestPath } from '../../src/answers/manifest.js';
import { scratchFolder } from '../command-line.js';
import {
  type EarlierProject,
  earlierProjects,
  followPage,
  hasBase,
  writeProject,
} from '../earlier/projects.js';
import { stepsOf } from '../how-to.js';
import { nameOf, Passed } from '../passed.js';
import { copyOfPackage, finished, run } from './project.js';

/** Projects whose teams have followed the recipes that came with them. */
const projects = earlierProjects()
  .filter(hasBase)
  .map((project) => {
    const { answers, packageManager } = JSON.parse(project.files[manifestPath]!.text) as {
      answers: Record<string, string> & { resources: { spec: string }[] };
      packageManager?: string;
    };
    const { framework, database, cache, auth, queue, deploy, ci, resources } = answers;
    const choices = { framework, database, cache, auth, queue, deploy, ci } as Record<string, string>;
    return {
      project,
      combination: {
        choices,
        resources: resources.map(({ spec }) => spec),
        manager: answers.packageManager ?? packageManager!,
      },
    };
  });

const passed = new Passed('earlier', [
  'tests/e2e/earlier.test.ts',
  'tests/earlier',
  'tests/how-to.ts',
  'src/evolution',
]);
const open = projects.filter(({ combination }) => !passed.has(combination));

let installed: string;
let work: string;
let cli: string;
let rates: Server;
let ratesUrl: string;

beforeAll(async () => {
  if (open.length === 0) return;
  installed = copyOfPackage();
  work = scratchFolder('earlier');
  cli = path.join(installed, 'node_modules/.bin/create-scalable-api');
  rates = createServer((_request, response) => response.end('{"rate":1.08}')).listen(0, '127.0.0.1');
  await once(rates, 'listening');
  ratesUrl = `http://127.0.0.1:${(rates.address() as AddressInfo).port}`;
});

afterAll(() => {
  rates?.close();
  for (const folder of [installed, work]) if (folder) fs.removeSync(folder);
});

test.skipIf(open.length === projects.length)('the others have passed as they are', () => {
  expect(projects.filter(({ combination }) => passed.has(combination)).length).toBeGreaterThan(0);
});

/** The commands of a page, each once, but for those that make what the project has had from the start. */
function commandsOf(page: string): string[] {
  const lines = stepsOf(page).flatMap((step) => (step.kind === 'run' ? step.text.trim().split('\n') : []));
  return [...new Set(lines)].filter((line) => !line.startsWith('npx '));
}

/** Where the template and its team have changed the same lines, takes the new file with the recipes in it. */
function settle(folder: string, project: EarlierProject, clashes: readonly string[]): void {
  if (clashes.length === 0) return;
  const fresh = path.join(work, `fresh-${project.framework}`);
  run(work, cli, [fresh, '--answers', path.join(folder, manifestPath), '--yes', '--no-install', '--no-git']);
  followPage(fresh, project.files['docs/how-to.md']!.text);
  for (const file of clashes) fs.copySync(path.join(fresh, file), path.join(folder, file));
}

describe.each(open.map((entry) => ({ name: nameOf(entry.combination), ...entry })))(
  'a project of an earlier package, with what its team has built: $name',
  ({ project, combination }) => {
    const folder = () => path.join(work, project.framework);
    const commands = (): Record<string, string> =>
      fs.readJsonSync(path.join(folder(), manifestPath)).run.commands;
    const command = (name: string) => run(folder(), 'sh', ['-c', commands()[name]!], { CI: '' });
    passed.recordWhenPassed(combination, afterAll);

    test('is updated', () => {
      writeProject(folder(), project);
      followPage(folder(), project.files['docs/how-to.md']!.text);
      const { files } = JSON.parse(
        run(folder(), 'sh', ['-c', `"${cli}" update --no-install --json || [ $? -eq 3 ]`]),
      );
      settle(folder(), project, files.clash);
      if (files.clash.length > 0) run(folder(), cli, ['update', '--continue']);
      expect(files.merged.length).toBeGreaterThan(0);
      command('install');
      for (const line of commandsOf(project.files['docs/how-to.md']!.text)) run(folder(), 'sh', ['-c', line]);
      command('format');
    });

    test.each(['lint', 'typecheck', 'build', 'test'])('passes its %s', (name) => {
      expect(command(name)).not.toMatch(/\d+ failed/);
    });

    test('holds the contract', async () => {
      expect(
        await finished(folder(), cli, ['verify', '.', '--quick', '--env', `RATES_URL=${ratesUrl}`], {}),
      ).toMatch(/\d+ passed/);
    });
  },
);
