// Load tests of generated projects are run by each real tool, and seen to fail: npx tsx .ci/load
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { ProjectTarget } from '../../src/verify/project-target.js';
import { Passed } from '../../tests/passed.js';
import { tools } from './tools.js';

const cli = path.resolve(import.meta.dirname, '../../dist/cli.js');
const password = 'a long password of nobody';
const projects = [
  {
    name: 'node-jwt',
    choices: { framework: 'fastify', database: 'postgresql', cache: 'redis', auth: 'jwt' },
    resources: [],
  },
  {
    name: 'python-none',
    choices: { framework: 'fastapi', database: 'sqlite', cache: 'memory', auth: 'none' },
    resources: [
      'order: total:decimal, status:enum(pending|paid)+, group:string(0,10)?',
      'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer!, amount:decimal!, ok:boolean, kind:enum(a|b)+, tag:uuid!, day:date!, due:datetime!, orderId:ref(order)!, parent:ref(item)?',
    ],
  },
];

type Project = (typeof projects)[number];

/** Runs a load with some variables. */
type Run = (
  load: string,
  env: Record<string, string>,
) => Promise<{ exitCode: number | undefined; said: string }>;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ci-load-'));
fs.chmodSync(folder, 0o755);
const passed = new Passed(
  'load',
  ['.ci/load'],
  /^(docs|deploy|observability|\.github)\/|\.md$|^compose\.yaml$/,
);

const withTool = (project: Project, tool: string) => ({
  ...project,
  choices: { ...project.choices, loadTool: tool },
});

function demand(truth: unknown, what: string, said: string): asserts truth {
  if (!truth) throw new Error(`${what}:\n${said}`);
}

/** Makes the project with the tool, and what runs its loads. */
async function make(
  project: Project,
  tool: string,
  ...options: string[]
): Promise<[folder: string, run: Run]> {
  const { loadTool, ...choices } = withTool(project, tool).choices;
  const name = `${project.name}-${loadTool}`;
  const flags = [
    ...Object.entries({ ...choices, load: loadTool }).map(([axis, value]) => `--${axis}=${value}`),
    ...project.resources.flatMap((spec) => ['--resource', spec]),
  ];
  await execa('node', [cli, name, '--yes', '--no-git', ...options, ...flags], { cwd: folder });
  const directory = path.join(folder, name);
  const { command, ending, env: own } = await tools[tool]!.install();
  const run: Run = async (load, env) => {
    const [program, ...args] = [...command, `load/${load}${ending}`];
    const { exitCode, all } = await execa(program!, args, {
      cwd: directory,
      env: {
        LOAD_EMAIL: 'load@example.com',
        LOAD_PASSWORD: password,
        // Few cores serve, send and do what else there is.
        P95_MS: '2000',
        ...own,
        ...env,
      },
      all: true,
      reject: false,
    });
    return { exitCode, said: all };
  };
  return [directory, run];
}

/** Passes everything on, but answers each third request for one row by itself with an error. */
async function failing(to: string): Promise<http.Server> {
  let reads = 0;
  const server = http.createServer((request, response) => {
    if (request.method === 'GET' && /^\/v1\/[^/]+\/[^/?]+$/.test(request.url!)) reads += 1;
    if (reads === 3) {
      reads = 0;
      return response.writeHead(500).end();
    }
    const { method, headers, url } = request;
    const onwards = http.request(`${to}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    return request.pipe(onwards);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** A machine on which others work may be too slow for a moment, three times in a row it is not. */
async function passing(run: Run, ...load: Parameters<Run>): ReturnType<Run> {
  let last = await run(...load);
  for (let again = 0; again < 2 && last.exitCode !== 0; again += 1) last = await run(...load);
  return last;
}

async function prove(name: string, directory: string, run: Run, notHeld: number, url: string): Promise<void> {
  const short = { TIME: '0.02', RATE: '0.1', BASE_URL: url };
  for (const [load, env] of Object.entries({
    smoke: { TIME: '0.3', RATE: '5', BASE_URL: url },
    average: { ...short, SAVE_BASELINE: '1' },
    spike: short,
  })) {
    const { exitCode, said } = await passing(run, load, env);
    demand(exitCode === 0, `${name}: ${load} does not pass`, said);
    const { failedRate } = fs.readJsonSync(path.join(directory, `load/results/${load}.json`));
    const requests = Number(new RegExp(`^${load}: (\\d+) requests`, 'm').exec(said)?.[1]);
    demand(requests > 30, `${name}: ${load} asked too little`, said);
    demand(failedRate === 0, `${name}: ${load} has errors`, said);
    console.log(`${name}: ${load} passes with ${requests} requests`);
  }

  const slow = await run('average', { ...short, P95_MS: '0.01' });
  demand(slow.exitCode === notHeld, `${name}: a limit that nothing can hold is held`, slow.said);
  const server = await failing(url);
  const { port } = server.address() as AddressInfo;
  const broken = await run('average', { ...short, BASE_URL: `http://127.0.0.1:${port}` });
  server.close();
  demand(broken.exitCode === notHeld, `${name}: an API that fails passes`, broken.said);

  const baseline = path.join(directory, 'load/baseline.json');
  const kept = fs.readJsonSync(baseline);
  demand(kept.average?.p95Ms > 0, `${name}: no baseline was kept`, JSON.stringify(kept));
  const same = await passing(run, 'average', { ...short, BASELINE_RATIO: '50' });
  demand(same.exitCode === 0 && /times the baseline/.test(same.said), `${name}: is not compared`, same.said);
  fs.writeJsonSync(baseline, { average: { ...kept.average, p95Ms: 0.01, p99Ms: 0.01 } });
  const worse = await run('average', { ...short, BASELINE_RATIO: '1' });
  demand(worse.exitCode === notHeld, `${name}: what is slower than the baseline passes`, worse.said);
  console.log(`${name}: fails by limit, by errors and by baseline`);
}

/** Where it cannot measure, it ends at once and says why. */
async function cannot(name: string, run: Run, reason: RegExp, env: Record<string, string>): Promise<void> {
  const { exitCode, said } = await run('smoke', { TIME: '0.5', ...env });
  demand(exitCode === 108 && reason.test(said), `${name}: does not say ${reason}`, said);
}

async function proveAll(project: Project, left: readonly string[]): Promise<void> {
  // The project serves as it was made with the first tool: the others differ in their scripts.
  const made: Record<string, [folder: string, run: Run]> = {};
  for (const [index, tool] of left.entries())
    made[tool] = await make(project, tool, ...(index === 0 ? [] : ['--no-install']));
  const [directory] = made[left[0]!]!;
  const { signal } = new AbortController();
  const target = await ProjectTarget.open(directory, { build: true, stage: () => {}, signal });
  try {
    const { fleet } = await target.session(undefined);
    const { url } = fleet;
    const signsIn = project.choices.auth === 'jwt';
    if (signsIn) {
      await fetch(`${url}/v1/auth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'load@example.com', password }),
      });
      await fleet.query('update auth_accounts set roles = $1', ['admin']);
    }
    for (const [tool, [place, run]] of Object.entries(made)) {
      const name = `${project.name} with ${tool}`;
      await prove(name, place, run, tools[tool]!.notHeld, url);
      await cannot(name, run, /API is ready/, { BASE_URL: 'http://127.0.0.1:4' });
      if (signsIn)
        await cannot(name, run, /signing in as/, { BASE_URL: url, LOAD_PASSWORD: `not ${password}` });
    }
    if (!signsIn) {
      const limited = await target.session({ RATE_LIMIT_WRITE: 8, RATE_LIMIT_WINDOW_S: 1 });
      const env = { BASE_URL: limited.fleet.url, RATE: '50' };
      for (const [tool, [, run]] of Object.entries(made)) {
        const name = `${project.name} with ${tool}`;
        await cannot(name, run, /RATE_LIMIT_/, env);
        // Setting up stays below the limit.
        await cannot(name, run, /RATE_LIMIT_/, { ...env, SEED_ROWS: '1' });
      }
    }
    for (const tool of left) passed.record(withTool(project, tool));
  } finally {
    await target.close();
  }
}

try {
  for (const project of projects) {
    const left = Object.keys(tools).filter((tool) => !passed.has(withTool(project, tool)));
    if (left.length > 0) await proveAll(project, left);
    else console.log(`${project.name} has been loaded as it is`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  fs.removeSync(folder);
}
