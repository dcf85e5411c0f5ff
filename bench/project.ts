import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort, ready, run, start, until } from '../tests/e2e/project.js';

// npm run bench:project: CPU of the server per request of a generated project against a bare Fastify that runs the same
// prepared query on the same 100,000 rows, in turns within one run. Needs `npm run build` before.
const root = path.resolve(import.meta.dirname, '..');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
fs.chmodSync(work, 0o755);
const project = path.join(work, 'shop');
const connections = 50;
const seconds = 4;
const rounds = 5;
const ticksPerSecond = 100;

run(work, 'node', [
  path.join(root, 'dist/cli.js'),
  'shop',
  '--yes',
  '--cache',
  'memory',
  '--auth',
  'none',
  '--no-git',
]);
run(project, 'npm', ['run', 'build']);
run(project, 'npm', ['install', '--no-save', '--no-audit', 'autocannon@9.0.0']);

const tsx = path.join(project, 'node_modules/.bin/tsx');
const database = start(project, tsx, [
  path.join(root, 'tests/e2e/database.ts'),
  project,
  path.join(work, 'postgres'),
]);
await until(() => database.output().includes('URL '), database.output);
const url = /URL (\S+)/.exec(database.output())![1]!;
run(project, 'npm', ['run', 'migrate'], { DATABASE_URL: url });
run(project, 'npx', ['tsx', 'scripts/secrets.ts']);

fs.writeFileSync(
  path.join(project, 'fill.mjs'),
  `import pg from 'pg';
const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
await client.query(\`insert into products (id, name, price, status, created_at, updated_at)
  select ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Product ' || n, n % 100, 'active', now() + n * interval '1 ms', now()
  from generate_series(1, 100000) n\`);
await client.query('analyze');
await client.end();`,
);
run(project, 'node', ['fill.mjs'], { DATABASE_URL: url });
fs.writeFileSync(
  path.join(project, 'bare.mjs'),
  `import Fastify from 'fastify';
import pg from 'pg';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 });
const columns = 'id, name, description, price, status, version, created_at as "createdAt", updated_at as "updatedAt"';
const app = Fastify();
app.get('/readyz', async () => ({}));
app.get('/v1/products/:id', async (request) =>
  (await pool.query({ name: 'one', text: \`select \${columns} from products where id = $1\`, values: [request.params.id] })).rows[0]);
app.get('/v1/products', async () => ({
  data: (await pool.query({ name: 'list', text: \`select \${columns} from products order by created_at desc, id desc limit $1\`, values: [20] })).rows,
}));
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });`,
);

// Each request asks for another row, or single flight would make one query of them all.
fs.writeFileSync(
  path.join(project, 'load.mjs'),
  `import autocannon from 'autocannon';
const [url, target, connections, duration] = process.argv.slice(2);
let seed = 1;
const row = () => String((seed = (seed * 48271) % 2147483647) % 100000 + 1).padStart(12, '0');
const result = await autocannon({ url, connections: Number(connections), duration: Number(duration),
  requests: [{ setupRequest: (request) => ({ ...request, path: target.replace('*', row) }) }] });
console.log(JSON.stringify(result));`,
);

async function serve(
  args: string[],
  settings: Record<string, string>,
): Promise<{ base: string; child: ChildProcess }> {
  const port = await freePort();
  const env = {
    DATABASE_URL: url,
    NODE_ENV: 'production',
    PORT: `${port}`,
    HOST: '127.0.0.1',
    MANAGEMENT_PORT: `${await freePort()}`,
    ...settings,
  };
  const log = fs.openSync(path.join(work, `${port}.log`), 'w');
  const child = spawn(process.execPath, args, {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
  });
  const base = `http://127.0.0.1:${port}`;
  await ready(base, {
    child,
    output: () => fs.readFileSync(path.join(work, `${port}.log`), 'utf8'),
    stop: async () => null,
  });
  return { base, child };
}

const everything = {
  RATE_LIMIT_DEFAULT: '1000000',
  RATE_LIMIT_WINDOW_S: '1',
  MAX_INFLIGHT: '1000',
  DB_POOL_MAX: '5',
};
const servers = {
  bare: await serve(['bare.mjs'], {}),
  // The first level keeps nothing, so every read goes to the database.
  project: await serve(['--env-file=.env', 'dist/main.js'], { ...everything, CACHE_L1_TTL_MS: '0' }),
  cached: await serve(['--env-file=.env', 'dist/main.js'], { ...everything, CACHE_L1_TTL_MS: '600000' }),
};

/** CPU seconds, user and system, that a process has used (proc(5), fields 14 and 15). */
function cpu({ pid }: ChildProcess): number {
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

interface Figures {
  microseconds: number;
  perSecond: number;
  p99: number;
}

function load({ base, child }: { base: string; child: ChildProcess }, target: string): Figures {
  const before = cpu(child);
  const args = ['load.mjs', base, target, `${connections}`, `${seconds}`];
  const result = JSON.parse(execFileSync('node', args, { cwd: project, encoding: 'utf8' }));
  if (result.non2xx > 0) throw new Error(`${result.non2xx} answers of ${base}${target} were errors`);
  const total = result.requests.total;
  return {
    microseconds: ((cpu(child) - before) / total) * 1e6,
    perSecond: result.requests.average,
    p99: result.latency.p99,
  };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const any = '/v1/products/01900000-0000-7000-8000-*';
const one = any.replace('*', '000000050000');
const cases = [
  { name: 'GET by id, database', server: servers.project, target: any, good: 0.55, of: 'microseconds' },
  {
    name: 'list of 20',
    server: servers.project,
    target: '/v1/products?limit=20',
    good: 0.85,
    of: 'microseconds',
  },
  { name: 'GET by id, first level', server: servers.cached, target: one, good: 1.25, of: 'perSecond' },
] as const;

console.log(`Node ${process.version}, ${connections} connections, median of ${rounds} pairs of ${seconds} s`);
for (const { name, server, target, good, of } of cases) {
  const bareTarget = target.split('?')[0]!;
  load(servers.bare, bareTarget);
  load(server, target);
  const pairs = Array.from({ length: rounds }, () => ({
    bare: load(servers.bare, bareTarget),
    ours: load(server, target),
  }));
  const ratio = median(
    pairs.map(({ bare, ours }) =>
      of === 'perSecond' ? ours.perSecond / bare.perSecond : bare.microseconds / ours.microseconds,
    ),
  );
  const middle = (pick: (pair: (typeof pairs)[number]) => number) => median(pairs.map(pick)).toFixed(0);
  console.log(
    `${name.padEnd(24)} ${ratio.toFixed(2)} (good from ${good})  CPU ${middle(({ ours }) => ours.microseconds)} µs against ${middle(({ bare }) => bare.microseconds)} µs,` +
      ` ${middle(({ ours }) => ours.perSecond)}/s against ${middle(({ bare }) => bare.perSecond)}/s, p99 ${middle(({ ours }) => ours.p99)} ms against ${middle(({ bare }) => bare.p99)} ms`,
  );
}
for (const { child } of Object.values(servers)) child.kill('SIGKILL');
await database.stop();
fs.rmSync(work, { recursive: true, force: true });
