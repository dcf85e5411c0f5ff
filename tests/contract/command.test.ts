import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../e2e/project.js';
import { cli, Projects, verify, wholes } from './projects.js';

let projects: Projects;
let broken: string;
const [whole] = wholes;

beforeAll(() => {
  projects = new Projects([whole!]);
  broken = projects.changed(whole!, 'broken', {
    file: 'dist/problems.js',
    from: "instance: request.url.split('?')[0]",
    to: "instance: '/'",
  });
}, 300_000);

afterAll(() => projects?.remove());

/** Runs `verify` for people. */
function run(...args: string[]) {
  return execa('node', [cli, 'verify', ...args], { reject: false, env: { NO_COLOR: '1' }, extendEnv: true });
}

test('a wrong call is refused with all that is wrong and what is possible', async () => {
  const { exitCode, stderr } = await run(
    'a',
    'b',
    '--onlyy=x',
    '--only',
    'nonsense',
    '--env',
    'PORT',
    '--html',
  );
  expect(exitCode).toBe(2);
  expect(stderr).toContain('did you mean --only?');
  expect(stderr).toContain('row "nonsense": is neither a group (correctness, errors, lists');
  expect(stderr).toContain('--env PORT: give a name and a value');
  expect(stderr).toContain('--html: needs a value');
  expect(stderr).toContain('b: unexpected argument');
});

test('a folder that holds no project, and a URL that publishes no contract, are told', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'empty-'));
  const nothing = await run(folder);
  expect([nothing.exitCode, nothing.stderr]).toEqual([2, expect.stringContaining('.scalable-api.json')]);
  const nobody = await run('http://127.0.0.1:9');
  expect([nobody.exitCode, nobody.stderr]).toEqual([1, expect.stringContaining('--openapi')]);
  fs.removeSync(folder);
});

test('a project that does not build says what its build said', async () => {
  const folder = projects.changed(whole!, 'unbuildable', {
    file: 'package.json',
    from: /"build": ".*"/,
    to: '"build": "echo no such compiler; exit 3"',
  });
  const { exitCode, stderr } = await run(folder);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('no such compiler');
});

test('a variable that is given reaches the instances', async () => {
  const given = ['--env', 'LOG_LEVEL=a word of --env', '--no-build', '--only', 'PD1'];
  const { exitCode, stderr } = await run(projects.of(whole!), ...given);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('"a word of --env"');
});

test('a failing row is shown with what to do, and in every report; --bail stops there', async () => {
  const reports = path.join(projects.folder, 'reports');
  fs.ensureDirSync(reports);
  const files = ['--junit', path.join(reports, 'r.xml'), '--html', path.join(reports, 'r.html')];
  const { exitCode, stdout } = await run(broken, '--no-build', '--only', 'PD1,ID1', '--bail', ...files);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/not ok PD1/);
  expect(stdout).toMatch(/curl -i http/);
  expect(stdout).not.toMatch(/ok ID1/);
  expect(fs.readFileSync(path.join(reports, 'r.xml'), 'utf8')).toMatch(/<failure/);
  expect(fs.readFileSync(path.join(reports, 'r.html'), 'utf8')).toContain('PD1');
  const { failed, passed } = await verify(broken, ['--no-build', '--only', 'PD1,ID1', '--skip', 'PD1']);
  expect([failed, passed]).toEqual([[], ['ID1']]);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends all that was started, and says 130', async (signal) => {
  const scratch = fs.mkdtempSync(path.join(projects.folder, 'scratch-'));
  fs.chmodSync(scratch, 0o755);
  const child = spawn('node', [cli, 'verify', projects.of(whole!), '--no-build', '--only', 'PG6,GS2'], {
    env: { ...process.env, NODE_OPTIONS: '', VITEST: '', TMPDIR: scratch },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const closed = once(child, 'close');
  await until(
    () => descendants(child.pid!).filter((line) => line.includes('dist/main.js')).length === 2,
    () => output,
    120,
  );
  const started = descendants(child.pid!).map((line) => Number.parseInt(line, 10));
  child.kill(signal);
  const [code] = await closed;
  expect([code, output]).toEqual([130, expect.stringContaining('Cancelled')]);
  await until(
    () => started.every((pid) => !alive(pid)),
    () => `${started.filter(alive)}`,
  );
  expect(fs.readdirSync(scratch).filter((name) => name.startsWith('verify-'))).toEqual([]);
});

/** Processes below one, as `pid command`. */
function descendants(pid: number): string[] {
  const all = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = /\) \w (\d+)/.exec(fs.readFileSync(`/proc/${name}/stat`, 'utf8'))![1];
        const command = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return [];
      }
    });
  const below = (parent: number): string[] =>
    all
      .filter((one) => one.parent === parent)
      .flatMap((one) => [`${one.pid} ${one.command}`, ...below(one.pid)]);
  return below(pid);
}

function alive(pid: number): boolean {
  try {
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
