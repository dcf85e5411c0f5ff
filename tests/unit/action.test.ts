import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '../..');
const action = parse(fs.readFileSync(path.join(root, 'action.yml'), 'utf8'));

/** Runs the step of the action as the runner does, with an npx that prints what it is given and ends with 7. */
async function runStep(given: Record<string, string>) {
  const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'action-'));
  fs.writeFileSync(path.join(bin, 'npx'), '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n', { mode: 0o755 });
  const [step] = action.runs.steps;
  const inputs = (expression: string) =>
    expression.replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name) => given[name] ?? action.inputs[name].default);
  const env = Object.entries<string>(step.env).map(([name, value]) => [name, inputs(value)]);
  const { exitCode, stdout } = await execa(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run],
    {
      env: { ...Object.fromEntries(env), PATH: `${bin}:${process.env.PATH}` },
      reject: false,
    },
  );
  fs.rmSync(bin, { recursive: true });
  return { exitCode, given: stdout.split('\n') };
}

test('the action runs verify of this version, and fails as it does', async () => {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  expect(await runStep({})).toEqual({
    exitCode: 7,
    given: ['--yes', `create-scalable-api@${version}`, 'verify', '.'],
  });
});

test('each line of the arguments is one, whatever is in it', async () => {
  const inputs = {
    target: 'a b; exit 0',
    version: '9.9.9',
    arguments: '--quick\n\n--accept=known "since" $(date)\n',
  };
  expect((await runStep(inputs)).given).toEqual([
    '--yes',
    'create-scalable-api@9.9.9',
    'verify',
    'a b; exit 0',
    '--quick',
    '--accept=known "since" $(date)',
  ]);
});
