import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scratchFolder } from '../command-line.js';
import { copyOfPackage, installManagers, run } from './project.js';

let installed: string;
let scratch: string;
let managers: string;

beforeAll(() => {
  installed = copyOfPackage();
  scratch = scratchFolder('managers');
  managers = installManagers();
}, 600_000);

afterAll(() => {
  for (const folder of [installed, scratch]) if (folder) fs.removeSync(folder);
});

/** Makes a project of a package manager below a folder, and installs it. */
function create(folder: string, manager: string, commands: string): string {
  const program = path.join(installed, 'node_modules/.bin/create-scalable-api');
  const flags = ['--framework', 'fastify', '--package-manager', manager, '--yes', '--no-git'];
  run(folder, program, ['shop', ...flags], { PATH: `${commands}:${process.env.PATH}`, CI: '' });
  return path.join(folder, 'shop');
}

test('a project of Yarn installs below the package of somebody else', () => {
  const parent = path.join(scratch, 'parent');
  fs.outputJsonSync(path.join(parent, 'package.json'), { name: 'parent' });
  const project = create(parent, 'yarn', managers);
  expect(fs.readFileSync(path.join(project, 'yarn.lock'), 'utf8')).toContain('fastify@npm:');
  expect(fs.readdirSync(parent).sort()).toEqual(['package.json', 'shop']);
});

test('an older pnpm is told which version a project needs, and the pinned one adds packages to it', () => {
  const older = path.join(scratch, 'older');
  fs.outputJsonSync(path.join(older, 'package.json'), { private: true });
  run(older, 'npm', ['install', '--silent', '--no-audit', 'pnpm@10.4.1']);
  expect(() => create(older, 'pnpm', path.join(older, 'node_modules/.bin'))).toThrow(
    /Your pnpm version is incompatible.*Expected version: >=10\.26\.0/s,
  );

  const current = path.join(scratch, 'current');
  fs.mkdirSync(current);
  const project = create(current, 'pnpm', managers);
  run(project, 'pnpm', ['add', '--save-dev', 'is-number@7.0.0'], {
    PATH: `${managers}:${process.env.PATH}`,
  });
  expect(fs.readJsonSync(path.join(project, 'package.json')).devDependencies['is-number']).toBe('7.0.0');
});
