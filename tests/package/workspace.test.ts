import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { shippedCatalog } from '../../src/catalog/shipped.js';
import { requireOwnInstallation } from '../../src/disk/workspace.js';
import { uv } from '../requirements.js';
import { place, quick, refused, run, usePackage } from './fixture.js';

usePackage();

const installation = (framework: string, name: string) =>
  shippedCatalog().packageManager(framework, name).installation;

/** @returns what refuses a project there; undefined if nothing does */
async function refusal(framework: string, manager: string, folder: string): Promise<string | undefined> {
  return requireOwnInstallation(path.join(place.here, folder), installation(framework, manager)).then(
    () => undefined,
    (error) => error.problems[0].possible,
  );
}

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(place.here, file)), { recursive: true });
  fs.writeFileSync(path.join(place.here, file), text);
}

/** The folder that a package manager installs a project of. */
const asked = (command: string, args: string[], folder: string) =>
  fs.realpathSync(
    execFileSync(command, args, { cwd: path.join(place.here, folder), encoding: 'utf8' }).trim(),
  );

describe('a project in a workspace is refused exactly if the package manager installs it there', () => {
  const folder = 'packages/shop';

  test.each([
    [['packages/*'], true],
    [['packages/shop/'], true],
    [['./packages/**'], true],
    [['pack*/{shop,other}'], true],
    [{ packages: ['packages/*'] }, true],
    [['packages/*', '!packages/shop'], false],
    [['!packages/shop', 'packages/*'], false],
    [['packages/*', '!packages/shop', 'packages/shop'], true],
    [['packages'], false],
    [['*'], false],
    [['apps/*'], false],
  ])('npm, %j', async (workspaces, member) => {
    write('package.json', JSON.stringify({ name: 'root', workspaces }));
    expect(await refusal('fastify', 'npm', folder)).toEqual(
      member ? expect.stringContaining('"!packages/shop" at the end of "workspaces"') : undefined,
    );
    write(`${folder}/package.json`, '{"name":"shop"}');
    expect(asked('npm', ['prefix'], folder)).toBe(
      fs.realpathSync(path.join(place.here, member ? '.' : folder)),
    );
  });

  beforeAll(() => uv.provide(), 300_000);

  test.each([
    ['members = ["packages/*"]', true],
    ['members = ["packages/shop"]', true],
    ['members = ["packages/*"]\nexclude = ["packages/shop"]', false],
    ['members = ["packages/*"]\nexclude = ["packages/s*"]', false],
    ['members = ["apps/*"]', false],
    ['members = ["*"]', false],
    ['', false],
  ])('uv, %j', async (table, member) => {
    const project = (name: string) =>
      `[project]\nname = "${name}"\nversion = "0"\nrequires-python = ">=3.9"\n`;
    write('pyproject.toml', `${project('root')}[tool.uv.workspace]\n${table}\n`);
    expect(await refusal('fastapi', 'uv', folder)).toEqual(
      member ? expect.stringContaining('"packages/shop" in "exclude" of [tool.uv.workspace]') : undefined,
    );
    write(`${folder}/pyproject.toml`, project('shop'));
    expect(asked('uv', ['workspace', 'dir', '--offline'], folder)).toBe(
      fs.realpathSync(path.join(place.here, member ? '.' : folder)),
    );
  });
});

test('the command says what excludes a project, and makes it once that is written', () => {
  write('package.json', '{"workspaces":["packages/*"]}');
  refused(['packages/shop', ...quick], 2, /in the workspace of .*package\.json, into which "npm install"/);
  refused(['packages/shop', '--dry-run', '--yes'], 2, /write "!packages\/shop"/);
  expect(fs.readdirSync(place.here)).toEqual(['package.json']);
  write('package.json', '{"workspaces":["packages/*","!packages/shop"]}');
  expect(run(['packages/shop', ...quick]).code).toBe(0);
});

test('a file above that cannot be read is no workspace', async () => {
  write('package.json', '{');
  write('pyproject.toml', '[');
  expect(await refusal('fastify', 'npm', 'shop')).toBeUndefined();
  expect(await refusal('fastapi', 'uv', 'shop')).toBeUndefined();
});
