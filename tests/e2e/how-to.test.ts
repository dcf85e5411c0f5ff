import { once } from 'node:events';
import fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changed, stepsOf } from '../how-to.js';
import { Passed } from '../passed.js';
import { copyOfPackage, finished, run } from './project.js';

const combinations = [
  { choices: { framework: 'fastify', ci: 'none' }, manager: 'npm' },
  { choices: { framework: 'express', ci: 'none' }, manager: 'npm' },
  { choices: { framework: 'fastapi', ci: 'none' }, manager: 'uv' },
];
const passed = new Passed('how-to', ['tests/e2e/how-to.test.ts', 'tests/how-to.ts']);
const open = combinations.filter((combination) => !passed.has(combination));

let installed: string;
let rates: Server;
let ratesUrl: string;

beforeAll(async () => {
  if (open.length === 0) return;
  installed = copyOfPackage();
  rates = createServer((_request, response) => response.end('{"rate":1.08}')).listen(0, '127.0.0.1');
  await once(rates, 'listening');
  ratesUrl = `http://127.0.0.1:${(rates.address() as AddressInfo).port}`;
});

afterAll(() => {
  rates?.close();
  if (installed) fs.rmSync(installed, { recursive: true, force: true });
});

test.skipIf(open.length === combinations.length)('the others have passed as they are', () => {
  expect(combinations.filter((combination) => passed.has(combination)).length).toBeGreaterThan(0);
});

describe.each(open.map((combination) => ({ name: combination.choices.framework, ...combination })))(
  'docs/how-to.md of a project of $name',
  ({ choices, manager }) => {
    // Below the package, where npx finds the generator.
    const folder = () => path.join(installed, choices.framework);
    const file = (name: string) => path.join(folder(), name);
    const manifest = () => JSON.parse(fs.readFileSync(file('.scalable-api.json'), 'utf8')).run;
    const command = (name: string, ...more: string[]) =>
      run(folder(), 'sh', ['-c', [manifest().commands[name], ...more].join(' ')]);
    const existing = (...names: string[]) => names.find((name) => fs.existsSync(file(name)))!;
    passed.recordWhenPassed({ choices, manager }, afterAll);

    test('is followed word by word', () => {
      const flags = Object.entries(choices).map(([axis, value]) => `--${axis}=${value}`);
      run(installed, path.join(installed, 'node_modules/.bin/create-scalable-api'), [
        choices.framework,
        ...['--yes', '--no-install', '--no-git', '--package-manager', manager],
        ...flags,
      ]);
      command('install');
      for (const step of stepsOf(fs.readFileSync(file('docs/how-to.md'), 'utf8'))) {
        if (step.kind === 'run') run(folder(), 'bash', ['-euc', step.text]);
        else {
          const before = fs.existsSync(file(step.file))
            ? fs.readFileSync(file(step.file), 'utf8')
            : undefined;
          fs.mkdirSync(path.dirname(file(step.file)), { recursive: true });
          fs.writeFileSync(file(step.file), changed(step, before));
        }
      }
    });

    test.each(['format', 'lint', 'typecheck', 'test'])('then its %s passes', (name) => {
      expect(command(name)).not.toMatch(/\d+ failed/);
    });

    test('and it holds the contract', async () => {
      const verify = path.join(installed, 'node_modules/.bin/create-scalable-api');
      const args = ['verify', '.', '--quick', '--env', `RATES_URL=${ratesUrl}`];
      expect(await finished(folder(), verify, args, {})).toMatch(/\d+ passed/);
    });

    test('and a rule that lets nothing pass is kept', () => {
      // The tests of the project do not reach its limit.
      const rules = existing('src/resources/notes/rules.ts', 'app/resources/notes/rules.py');
      const text = fs.readFileSync(file(rules), 'utf8');
      fs.writeFileSync(file(rules), text.replace('= 1000', '= 0'));
      const tests = 'tests/integration/resources';
      const notes = existing(`${tests}/notes.test.ts`, `${tests}/test_notes.py`);
      expect(() => command('test', ...(manager === 'npm' ? ['--'] : []), notes)).toThrow(/409/);
    });
  },
);
