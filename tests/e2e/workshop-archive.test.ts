import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifestPath } from '../../src/answers/manifest.js';
import { scratchFolder } from '../command-line.js';
import { copyOfPackage, run } from './project.js';

let installed: string;
let scratch: string;

beforeAll(() => {
  installed = copyOfPackage();
  scratch = scratchFolder('archive');
});

afterAll(() => {
  for (const folder of [installed, scratch]) if (folder) fs.removeSync(folder);
});

/** A home without the caches of earlier installations, from which no registry is reached. */
function withoutNetwork(home: string): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9';
  return {
    HOME: home,
    npm_config_cache: path.join(home, 'npm'),
    UV_CACHE_DIR: path.join(home, 'uv'),
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
  };
}

test.each(['fastify', 'fastapi'])(
  'an archive of a workshop with %s installs on a computer without a network',
  (framework) => {
    const create = path.join(installed, 'node_modules/.bin/create-scalable-api');
    const room = path.join(scratch, framework);
    run(scratch, create, ['workshop', framework, '--framework', framework, '--yes']);
    const { file, install } = JSON.parse(run(scratch, create, ['workshop', 'archive', framework, '--json']));
    fs.removeSync(room);

    const home = path.join(scratch, `${framework}-home`);
    const computer = path.join(scratch, `${framework}-computer`);
    for (const folder of [home, computer]) fs.mkdirSync(folder);
    execFileSync('tar', ['-xf', file], { cwd: computer });
    const project = path.join(computer, framework);
    const offline = withoutNetwork(home);
    // Nothing comes from elsewhere: without the cache the same command fails.
    const elsewhere = path.join(scratch, `${framework}-without`);
    fs.copySync(project, elsewhere, { filter: (name) => !name.endsWith('.workshop/cache') });
    expect(() => run(elsewhere, 'sh', ['-c', install], offline)).toThrow();
    run(project, 'sh', ['-c', install], offline);
    const { commands } = fs.readJsonSync(path.join(project, manifestPath)).run;
    for (const name of ['lint', 'typecheck', 'testUnit']) run(project, 'sh', ['-c', commands[name]], offline);
  },
);
