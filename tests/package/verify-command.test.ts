import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { place, quick, run, snapshot, usePackage } from './fixture.js';

const root = path.resolve(import.meta.dirname, '../..');
/** How each language runs its script, without what an installation would bring. */
const scripts: Record<string, string[]> = {
  fastify: [path.join(root, 'node_modules/.bin/tsx'), 'scripts/verify.ts'],
  fastapi: ['python3', 'scripts/verify.py'],
};

usePackage();

/** A program that says that it ran, and with what. */
function standIn(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\necho "${path.basename(file)} ran: $*"\nexit 7\n`, { mode: 0o755 });
}

test.each(Object.entries(scripts))(
  'verify of a project of %s takes nothing from a registry',
  (framework, command) => {
    expect(run(['shop', ...quick, '--framework', framework]).code).toBe(0);
    const bin = path.join(place.here, 'bin');
    // What could fetch a program would be called.
    for (const name of ['npx', 'npm', 'pnpm', 'yarn', 'uvx']) standIn(path.join(bin, name));
    const PATH = [bin, path.dirname(process.execPath), '/usr/bin', '/bin'].join(':');
    const verify = () => {
      const [file, ...args] = [...command, '--quick'];
      const { status, stdout, stderr } = spawnSync(file!, args, {
        cwd: path.join(place.here, 'shop'),
        encoding: 'utf8',
        env: { ...process.env, PATH },
      });
      return { status, stdout, stderr };
    };

    const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    const without = verify();
    expect(without).toMatchObject({ status: 2, stdout: '' });
    expect(without.stderr.trim().split('\n')).toHaveLength(1);
    expect(without.stderr).toContain(`npm install --save-dev create-scalable-api@${version}`);

    standIn(path.join(bin, 'create-scalable-api'));
    expect(verify()).toMatchObject({ status: 7, stdout: 'create-scalable-api ran: verify --quick\n' });
    fs.rmSync(path.join(bin, 'create-scalable-api'));
    standIn(path.join(place.here, 'shop/node_modules/.bin/create-scalable-api'));
    expect(verify()).toMatchObject({ status: 7, stdout: 'create-scalable-api ran: verify --quick\n' });
  },
);

test.each([
  ['fastify', 'github'],
  ['fastapi', 'gitlab'],
  ['express', 'jenkins'],
])('no file of a project of %s with %s has npx fetch a program', (framework, ci) => {
  expect(run(['shop', ...quick, '--framework', framework, '--ci', ci]).code).toBe(0);
  for (const [file, text] of Object.entries(snapshot(path.join(place.here, 'shop'))))
    expect([file, text.match(/(?<![\w/])(npx|npm exec|pnpm dlx|yarn dlx|uvx) (?!--no ).*/)?.[0]]).toEqual([
      file,
      undefined,
    ]);
});
