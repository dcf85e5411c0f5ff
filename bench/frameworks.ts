import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import autocannon from 'autocannon';
import fs from 'fs-extra';
import { type Project, readProject } from '../src/verify/cluster/project.js';
import { Tokens } from '../src/verify/http/tokens.js';
import { providerFor } from '../src/verify/services/index.js';
import type { Server } from '../src/verify/services/service.js';
import { freePort, ready, run } from '../tests/e2e/project.js';

// npm run bench:frameworks [-- framework ...]: what a request costs in a project of each framework with everything on,
// against the bare framework that runs the same queries on the same 100,000 rows, in turns within one run. Writes
// docs/performance.md when all frameworks took part. Needs `npm run build` before.
const root = path.resolve(import.meta.dirname, '..');
const frameworks: Record<string, { title: string; bare: string[]; floor: Record<string, number> }> = {
  fastify: {
    title: 'Fastify',
    bare: ['node', 'bare/fastify.mjs'],
    floor: { one: 0.35, list: 0.6, first: 1 },
  },
  express: { title: 'Express', bare: ['node', 'bare/express.mjs'], floor: { one: 0.3, list: 0, first: 1 } },
  fastapi: {
    title: 'FastAPI',
    bare: ['.venv/bin/python', 'bare/bare_fastapi.py'],
    floor: { one: 0.35, list: 0, first: 1 },
  },
};
const given = process.argv.slice(2);
const asked = Object.keys(frameworks).filter((name) => given.length === 0 || given.includes(name));
const connections = 50;
const seconds = 2;
const rounds = 5;
const warmSeconds = 1;
const ticksPerSecond = 100;
const rowCount = 100_000;
/** Rows that are asked for when the shared store shall have them. */
const warmRows = 2000;

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
fs.chmodSync(work, 0o755);
const closing: (() => Promise<unknown>)[] = [async () => fs.remove(work)];

/** A started server, and how a request to it is signed in. */
interface Running {
  base: string;
  child: ChildProcess;
  authorization?: string;
}

interface Figures {
  /** CPU of the server for a request. */
  microseconds: number;
  perSecond: number;
  p50: number;
  p99: number;
}

/** Makes a project, installs and builds it. */
function make(framework: string, cache: string): Project {
  const directory = path.join(work, `${framework}-${cache}`);
  const flags = ['--framework', framework, '--database', 'postgresql', '--cache', cache, '--auth', 'jwt'];
  run(work, 'node', [
    path.join(root, 'dist/cli.js'),
    path.basename(directory),
    '--yes',
    '--no-git',
    ...flags,
  ]);
  const { commands } = fs.readJsonSync(path.join(directory, '.scalable-api.json')).run;
  for (const name of ['build', 'secrets']) {
    const [file, ...args] = commands[name].split(' ');
    run(directory, file, args);
  }
  fs.copySync(path.join(import.meta.dirname, 'bare'), path.join(directory, 'bare'));
  return readProject(directory);
}

const servers = new Map<string, Server>();

/** URLs of a database and a store of its own, with nothing in between. */
async function spaces(project: Project): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const { name, type, protocols = [], default: fallback } of project.env) {
    const provider = type === 'url' && fallback === undefined && protocols.map(providerFor).find(Boolean);
    if (!provider) continue;
    const server = servers.get(name) ?? (await provider.start({ programs: [], scratch: work }));
    if (!servers.has(name)) closing.unshift(() => server.close());
    servers.set(name, server);
    const service = await server.open(path.basename(project.directory).replaceAll('-', '_'));
    closing.unshift(() => service.close());
    env[name] = service.urlBehind(service.port);
    if (!service.sql) continue;
    const [file, ...args] = project.migrateCommand;
    run(project.directory, file!, args, { ...project.startEnvironment, ...env });
    await service.sql.query(`insert into products (id, name, price, status, created_at, updated_at)
      select ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Product ' || n, n % 100, 'active',
        now() + n * interval '1 ms', now() from generate_series(1, ${rowCount}) n`);
    await service.sql.query('analyze');
  }
  return env;
}

async function serve(
  directory: string,
  [file, ...args]: readonly string[],
  settings: Record<string, string>,
): Promise<Running> {
  const port = await freePort();
  const log = path.join(work, `${port}.log`);
  const output = fs.openSync(log, 'w');
  const env = {
    ...process.env,
    ...settings,
    PORT: `${port}`,
    HOST: '127.0.0.1',
    MANAGEMENT_PORT: `${await freePort()}`,
  };
  const program = file === 'node' ? process.execPath : file!;
  const child = spawn(program, args, { cwd: directory, env, stdio: ['ignore', output, output] });
  closing.unshift(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const base = `http://127.0.0.1:${port}`;
  const started = { child, output: () => fs.readFileSync(log, 'utf8'), stop: async () => null };
  await ready(base, started);
  return { base, child };
}

/** CPU seconds, user and system, that a process has used (proc(5), fields 14 and 15). */
function cpu({ pid }: ChildProcess): number {
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

let seed = 1;
/** Another number each time, from 1 to `count`. */
function next(count: number): number {
  seed = (seed * 48271) % 2147483647;
  return (seed % count) + 1;
}

const item = (number: number) => `/v1/products/01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const body = JSON.stringify({ name: 'A product', price: '9.99', status: 'active' });

/** What is measured. */
interface Case {
  name: string;
  title: string;
  path(): string;
  /** Of the bare framework, which has no parameters. */
  barePath(): string;
  method: 'GET' | 'POST';
  cache: 'redis' | 'memory';
  settings: Record<string, string>;
  /** Whether every row is asked for once before, so that the shared store has it. */
  warm?: boolean;
}

const l1 = { CACHE_L1_TTL_MS: '600000' };
const noL1 = { CACHE_L1_TTL_MS: '0', CACHE_L2_TTL_S: '3600' };
const get = {
  method: 'GET',
  settings: noL1,
  path: () => item(next(rowCount)),
  barePath: () => item(next(rowCount)),
} as const;
const cases: readonly Case[] = [
  {
    ...get,
    name: 'first',
    title: 'GET by id, from the memory of the process',
    cache: 'redis',
    settings: l1,
    path: () => item(50_000),
  },
  {
    ...get,
    name: 'shared',
    title: 'GET by id, from the shared store',
    cache: 'redis',
    path: () => item(next(warmRows)),
    warm: true,
  },
  { ...get, name: 'one', title: 'GET by id, from the database', cache: 'memory' },
  {
    ...get,
    name: 'list',
    title: 'list of 20',
    cache: 'memory',
    path: () => '/v1/products?limit=20',
    barePath: () => '/v1/products',
  },
  {
    name: 'create',
    title: 'POST',
    method: 'POST',
    cache: 'redis',
    settings: l1,
    path: () => '/v1/products',
    barePath: () => '/v1/products',
  },
];

async function load(
  { base, child, authorization }: Running,
  { method }: Case,
  target: () => string,
  duration = seconds,
): Promise<Figures> {
  const before = cpu(child);
  const headers = {
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    ...(authorization ? { authorization } : {}),
  };
  const setupRequest = (request: autocannon.Request) => ({ ...request, path: target() });
  const result = await autocannon({
    url: base,
    connections,
    duration,
    requests: [{ method, headers, ...(method === 'POST' ? { body } : {}), setupRequest }],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    const statuses = JSON.stringify(result.statusCodeStats);
    throw new Error(`${base}${target()}: ${result.errors} errors, ${statuses}`);
  }
  return {
    microseconds: ((cpu(child) - before) / result.requests.total) * 1e6,
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}

/** Asks for each of the rows that the shared store shall have. */
async function warmUp({ base }: Running): Promise<void> {
  for (let row = 1; row <= warmRows; row += connections) {
    const paths = Array.from({ length: connections }, (_, place) => item(row + place));
    await Promise.all(paths.map(async (target) => (await fetch(base + target)).arrayBuffer()));
  }
}

const everything = {
  RATE_LIMIT_DEFAULT: '1000000',
  RATE_LIMIT_WRITE: '1000000',
  RATE_LIMIT_WINDOW_S: '1',
  MAX_INFLIGHT: '1000',
  // A server that is as busy as it can be is what is measured, not one that refuses.
  MAX_EVENT_LOOP_DELAY_MS: '60000',
  DB_POOL_MAX: '5',
};
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface Result {
  framework: string;
  case: Case;
  ours: Figures;
  bare: Figures;
  /** Bare by ours, median of pairs: 1 is as good, more is better. */
  cpuRatio: number;
  rateRatio: number;
}

async function measure(framework: string): Promise<Result[]> {
  const results: Result[] = [];
  for (const cache of ['redis', 'memory'] as const) {
    const project = make(framework, cache);
    const urls = await spaces(project);
    const secrets = parseEnv(fs.readFileSync(path.join(project.directory, '.env'), 'utf8')) as Record<
      string,
      string
    >;
    const tokens = new Tokens(secrets.JWT_PRIVATE_KEY!.replaceAll('\\n', '\n'), project.name, project.name);
    const bare = await serve(project.directory, frameworks[framework]!.bare, urls);
    for (const one of cases.filter((entry) => entry.cache === cache)) {
      const env = { ...project.startEnvironment, ...secrets, ...urls, ...everything, ...one.settings };
      const ours = await serve(project.directory, project.startCommand, env);
      if (one.method === 'POST')
        ours.authorization = `Bearer ${tokens.issue('editor', '01900000-0000-7000-8000-000000000001')}`;
      if (one.warm) await warmUp(ours);
      await load(bare, one, one.barePath, warmSeconds);
      await load(ours, one, one.path, warmSeconds);
      const pairs: { bare: Figures; ours: Figures }[] = [];
      for (let round = 0; round < rounds; round += 1)
        pairs.push({ bare: await load(bare, one, one.barePath), ours: await load(ours, one, one.path) });
      ours.child.kill('SIGKILL');
      const middle = (side: 'bare' | 'ours') =>
        Object.fromEntries(
          Object.keys(pairs[0]!.bare).map((key) => [
            key,
            median(pairs.map((pair) => pair[side][key as keyof Figures])),
          ]),
        ) as unknown as Figures;
      const result: Result = {
        framework,
        case: one,
        ours: middle('ours'),
        bare: middle('bare'),
        cpuRatio: median(pairs.map(({ bare, ours }) => bare.microseconds / ours.microseconds)),
        rateRatio: median(pairs.map(({ bare, ours }) => ours.perSecond / bare.perSecond)),
      };
      console.log(rowOf(result));
      results.push(result);
    }
    bare.child.kill('SIGKILL');
  }
  return results;
}

function rowOf({ framework, case: { title }, ours, bare, cpuRatio, rateRatio }: Result): string {
  const pair = (key: keyof Figures) => `${ours[key].toFixed(0)} (${bare[key].toFixed(0)})`;
  const cells = [
    title,
    frameworks[framework]!.title,
    ...[pair('perSecond'), pair('p50'), pair('p99'), pair('microseconds')],
    ...[rateRatio.toFixed(2), cpuRatio.toFixed(2)],
  ];
  return `| ${cells.join(' | ')} |`;
}

function documentOf(results: readonly Result[]): string {
  const rows = cases.flatMap(({ name }) => results.filter((result) => result.case.name === name).map(rowOf));
  return `# Performance

A project of each framework with everything on (validation, rate limits, sign-in, a log line and metrics for each
request, traces of 1 %, security headers, ETags, two cache levels) against the bare framework that runs the same query
with the same driver and nothing else. In parentheses: the bare framework, which always asks the database. The ratios
are medians of ${rounds} pairs of runs of ${seconds} s, taken in turns: above 1 the project is the better one.

${connections} connections, ${rowCount.toLocaleString('en')} rows, pools of 5 connections, one process, Node.js ${process.version.slice(1)}, Python
${pythonVersion()}, ${os.cpus().length} cores that the server, PostgreSQL, Redis and the load share. Times on another machine are others; the ratios
stay about the same.

| request | framework | requests a second | p50, ms | p99, ms | server CPU, µs a request | ratio of requests a second | ratio of CPU |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}

Made by \`npm run bench:frameworks\`.
`;
}

function pythonVersion(): string {
  const python = asked
    .flatMap((framework) => frameworks[framework]!.bare)
    .find((part) => part.includes('python'));
  if (!python) return '(not asked)';
  const directory = path.join(work, 'fastapi-redis');
  return execFileSync(path.join(directory, python), ['--version'], { encoding: 'utf8' })
    .trim()
    .split(' ')[1]!;
}

try {
  const results: Result[] = [];
  for (const framework of asked) results.push(...(await measure(framework)));
  if (asked.length === Object.keys(frameworks).length)
    fs.writeFileSync(path.join(root, 'docs/performance.md'), documentOf(results));
  for (const {
    framework,
    case: { name, title },
    cpuRatio,
    rateRatio,
  } of results) {
    const floor = frameworks[framework]!.floor[name] ?? 0;
    const ratio = name === 'first' ? rateRatio : cpuRatio;
    if (ratio >= floor) continue;
    console.error(`${framework}, ${title}: ${ratio.toFixed(2)}, below ${floor}`);
    process.exitCode = 1;
  }
} finally {
  for (const close of closing) await close();
}
