import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Recorder } from './recorder.js';

// Each test starts the command line.
vi.setConfig({ testTimeout: 300_000 });

const root = path.resolve(import.meta.dirname, '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'baseline-'));
const file = path.join(folder, 'known.yaml');
const document = path.join(folder, 'openapi.yaml');
/** Whether errors of the API are problem details. */
let isMended = false;
const api = new Recorder(({ url }, response) => {
  const requestId = 'made-by-the-server';
  const type = isMended ? 'application/problem+json' : 'text/plain';
  const problem = { type: 'urn:not-found', title: 'a', status: 404, detail: 'b', instance: url, requestId };
  response.writeHead(404, { 'content-type': type, 'x-request-id': requestId }).end(JSON.stringify(problem));
});

beforeAll(() => {
  fs.writeFileSync(
    document,
    'openapi: 3.1.0\npaths:\n  /v1/items:\n    get:\n      responses: { 4XX: {} }\n',
  );
  return api.listen();
});
afterAll(() => {
  api.close();
  fs.rmSync(folder, { recursive: true });
});

function verify(args: readonly string[], env: Record<string, string> = {}) {
  const command = ['--import', 'tsx', path.join(root, 'src/cli.ts'), 'verify', api.origin];
  return execa('node', [...command, '--openapi', document, '--only', 'PD1', ...args], {
    cwd: root,
    env: { NO_COLOR: '1', NODE_OPTIONS: '', VITEST: '', GITHUB_ACTIONS: '', ...env },
    reject: false,
  });
}

test('a failure is accepted by --accept alone, and its entry is stale once the row passes', async () => {
  expect(await verify(['--baseline', file])).toMatchObject({ exitCode: 1 });
  expect(fs.existsSync(file)).toBe(false);

  const accepted = await verify(['--baseline', file, '--accept', 'an old client', '--until', '2199-12-31']);
  expect(accepted).toMatchObject({ exitCode: 0 });
  expect(accepted.stdout).toContain(`${file}: accepts 1 failure more`);
  expect(fs.readFileSync(file, 'utf8')).toMatch(
    /^accepted:\n {2}- row: PD1\n( {4}operation: .*\n)? {4}reason: an old client\n {4}until: 2199-12-31\n$/,
  );

  const again = await verify(['--baseline', file]);
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.stdout).toContain('Accepted by the baseline\n  PD1');
  expect(again.stdout).toContain('! Passes 0 rows, fails 1 accepted ones of');

  isMended = true;
  const summary = path.join(folder, 'summary.md');
  const files = ['--sarif', path.join(folder, 'r.sarif'), '--badge', path.join(folder, 'badge.json')];
  const stale = await verify(['--baseline', file, ...files], {
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: summary,
  });
  expect(stale).toMatchObject({ exitCode: 1 });
  expect(stale.stdout).toContain(`Stale in the baseline: these pass, delete their entries\n  ${file}:2 PD1`);
  expect(stale.stdout).toContain(`::error file=${file},line=2,title=PD1 passes::`);
  expect(fs.readFileSync(summary, 'utf8')).toContain('### Entries of the baseline to delete');
  expect(JSON.parse(fs.readFileSync(files[1]!, 'utf8')).runs[0].results).toEqual([]);
  expect(JSON.parse(fs.readFileSync(files[3]!, 'utf8'))).toMatchObject({ color: 'red' });

  fs.writeFileSync(file, 'accepted: []\n');
  expect(await verify(['--baseline', file])).toMatchObject({ exitCode: 0 });
});

test('a wrong call or baseline is told before anything is asked', async () => {
  api.arrived.length = 0;
  const noFile = await verify(['--accept', 'r']);
  expect([noFile.exitCode, noFile.stderr]).toEqual([
    2,
    expect.stringContaining('--baseline verify-baseline.yaml'),
  ]);
  const noReason = await verify(['--baseline', file, '--until', '2199-12-31']);
  expect([noReason.exitCode, noReason.stderr]).toEqual([
    2,
    expect.stringContaining('is for what --accept writes'),
  ]);
  const noDay = await verify(['--baseline', file, '--accept', 'r', '--until', 'soon']);
  expect([noDay.exitCode, noDay.stderr]).toEqual([2, expect.stringContaining('--until soon: is no day')]);
  fs.writeFileSync(file, 'accepted:\n  - { row: PD1 }\n');
  const wrong = await verify(['--baseline', file]);
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining(`${file}:2: the entry of PD1`)]);
  expect(api.arrived).toEqual([]);
});
