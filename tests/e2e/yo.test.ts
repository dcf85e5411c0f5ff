import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readManifest } from '../../src/answers/manifest.js';
import { currentSpec } from '../../src/resources/history.js';
import { makeScratch, modesAndTexts, withCli } from '../generators/projects.js';
import { copyOfPackage, freePort, ready, run, type Started, start } from './project.js';

const yo = 'yo@7.0.1';
/** `yo` refuses to run as root. Nobody has an account like that. */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const choices = ['--database', 'sqlite', '--cache', 'memory', '--auth', 'none', '--yes', '--no-git'];
const order = 'order: total:decimal';
const hint = { possible: '', command: '' };
let scratch: string;
let installed: string;
let started: Started | undefined;

beforeAll(() => {
  scratch = makeScratch();
  fs.chmodSync(scratch, 0o777);
  installed = copyOfPackage();
  const tarball = fs.readdirSync(installed).find((name) => name.endsWith('.tgz'))!;
  // Yeoman finds packages by their names.
  run(installed, 'npm', [
    'install',
    '--silent',
    '--no-audit',
    yo,
    `generator-scalable-api@file:./${tarball}`,
  ]);
}, 600_000);

afterAll(async () => {
  await started?.stop();
  fs.removeSync(installed);
  fs.removeSync(scratch);
});

function runYo(folder: string, args: string[]): void {
  execFileSync(process.execPath, [path.join(installed, 'node_modules/yo/lib/cli.js'), ...args], {
    cwd: folder,
    env: {
      ...process.env,
      HOME: scratch,
      npm_config_cache: path.join(scratch, '.npm'),
      VITEST: '',
      NODE_OPTIONS: '',
    },
    stdio: 'pipe',
    ...account,
  });
}

test('what yo makes, with a resource added to it, is what the command line makes, and serves', async () => {
  const theirs = path.join(scratch, 'theirs');
  fs.mkdirSync(theirs);
  fs.chmodSync(theirs, 0o777);
  runYo(theirs, ['scalable-api', 'shop', ...choices]);
  const project = path.join(theirs, 'shop');
  runYo(project, ['scalable-api:resource', order]);

  const ours = path.join(scratch, 'ours');
  const { answers } = readManifest(project, hint);
  const specs = answers.resources.flatMap((entry) => ['--resource', currentSpec(entry)]);
  withCli(ours, ['shop', ...choices, '--no-install', ...specs]);
  const { 'package-lock.json': lock, ...files } = modesAndTexts(project);
  expect(lock).toBeDefined();
  expect(files).toEqual(modesAndTexts(path.join(ours, 'shop')));

  const { commands, startCommand, startEnvironment, migrateCommand } = readManifest(project, hint).run;
  run(project, 'bash', ['-c', commands.build!]);
  run(project, 'bash', ['-c', commands.secrets!]);
  const [port, management] = [await freePort(), await freePort()];
  const env = {
    ...startEnvironment,
    NODE_ENV: 'development',
    DATABASE_URL: `file:${path.join(scratch, 'shop.db')}`,
    HOST: '127.0.0.1',
    PORT: String(port),
    MANAGEMENT_PORT: String(management),
    CURSOR_SECRET: 'a secret of thirty-two characters or more',
  };
  const [migrate, ...migrateArgs] = migrateCommand;
  run(project, migrate!, migrateArgs, env);
  const [file, ...args] = startCommand;
  started = start(project, file!, args, env);
  await ready(`http://127.0.0.1:${port}`, started);
  const response = await fetch(`http://127.0.0.1:${port}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"total":"9.90"}',
  });
  expect([response.status, await response.json()]).toEqual([201, expect.objectContaining({ total: '9.90' })]);
});
