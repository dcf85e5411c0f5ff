import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import fs from 'fs-extra';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dependencies, Servers } from '../../src/verify/cluster/dependencies.js';
import { readProject } from '../../src/verify/cluster/project.js';
import { everyType, everyValue, oddNames, order } from '../odd-resources.js';
import { nameOf, operations, Passed } from '../passed.js';
import { expectDocsPage } from './docs-page.js';
import {
  copyOfPackage,
  finished,
  freePort,
  installManagers,
  ready,
  run,
  type Started,
  start,
  until,
} from './project.js';

/** One of each kind, with the command that must fail on it. All name "planted", which is expected in the output. */
const mistakes = {
  node: [
    { name: 'testUnit', file: 'tests/unit/planted.test.ts', text: failingTest('planted') },
    { name: 'test', file: 'tests/integration/planted.test.ts', text: failingTest('planted') },
    { name: 'lint', file: 'scripts/planted.ts', text: 'export const planted = Number("1") == Number.NaN;\n' },
    { name: 'lint', file: 'scripts/planted.ts', text: 'export  const planted = 1;\n' },
    { name: 'typecheck', file: 'scripts/planted.ts', text: 'export const planted: number = "text";\n' },
    { name: 'build', file: 'src/planted.ts', text: 'export const planted: number = "text";\n' },
  ],
  python: [
    {
      name: 'testUnit',
      file: 'tests/unit/test_planted.py',
      text: 'def test_planted() -> None:\n    assert 1 == 2\n',
    },
    {
      name: 'test',
      file: 'tests/integration/test_planted.py',
      text: 'def test_planted() -> None:\n    assert 1 == 2\n',
    },
    { name: 'lint', file: 'scripts/planted.py', text: 'import os\n' },
    { name: 'lint', file: 'scripts/planted.py', text: 'planted  = 1\n' },
    { name: 'typecheck', file: 'scripts/planted.py', text: 'planted: int = "text"\n' },
    { name: 'build', file: 'pyproject.toml', text: '\n[planted\n' },
  ],
};

function failingTest(name: string): string {
  return `import { expect, test } from 'vitest';\ntest('${name}', () => expect(1).toBe(2));\n`;
}

/** A migration of Alembic. */
function revision(number: string, after: string, sql: string) {
  const head = ['from alembic import op', `revision = "${number}"`, `down_revision = "${after}"`];
  const lines = [...head, 'def upgrade() -> None:', `    op.execute('${sql}')`, ''];
  return { file: `migrations/versions/${number}_planted.py`, text: lines.join('\n'), line: 5 };
}

/** A migration in SQL. */
function script(number: string, _after: string, sql: string) {
  return { file: `migrations/${number}_planted.sql`, text: `\n${sql};\n`, line: 2 };
}

/** How a mistake in a script is reported. */
function place(file: string, line: number): RegExp {
  return new RegExp(`${file}, line ${line}: .`);
}

/** Each pair of values occurs once at least, of the axes that a running project is made of; those of a framework with any other value among them. */
const combinations = [
  {
    framework: 'fastify',
    database: 'postgresql',
    cache: 'redis',
    auth: 'jwt',
    deploy: 'compose',
    ci: 'github',
    manager: 'npm',
    resources: [],
  },
  {
    framework: 'fastify',
    database: 'sqlite',
    cache: 'memory',
    auth: 'none',
    deploy: 'none',
    ci: 'github',
    manager: 'pnpm',
    resources: [order, everyType, everyValue],
  },
  {
    framework: 'fastify',
    database: 'postgresql',
    cache: 'memory',
    auth: 'none',
    deploy: 'compose',
    ci: 'none',
    manager: 'npm',
    resources: [order, everyType, everyValue, ...oddNames],
    installEnvironment: { npm_config_ignore_scripts: 'true' },
  },
  {
    framework: 'fastify',
    database: 'sqlite',
    cache: 'redis',
    auth: 'jwt',
    deploy: 'none',
    ci: 'none',
    manager: 'yarn',
    resources: [],
  },
  {
    framework: 'express',
    database: 'postgresql',
    cache: 'memory',
    auth: 'jwt',
    deploy: 'none',
    ci: 'github',
    manager: 'pnpm',
    resources: [],
  },
  {
    framework: 'express',
    database: 'sqlite',
    cache: 'redis',
    auth: 'none',
    deploy: 'compose',
    ci: 'none',
    manager: 'npm',
    resources: [order, everyType, everyValue, ...oddNames],
  },
  {
    framework: 'fastapi',
    database: 'postgresql',
    cache: 'redis',
    auth: 'none',
    deploy: 'none',
    ci: 'github',
    manager: 'uv',
    resources: [order, everyType, everyValue, ...oddNames],
  },
  {
    framework: 'fastapi',
    database: 'sqlite',
    cache: 'memory',
    auth: 'jwt',
    deploy: 'compose',
    ci: 'none',
    manager: 'uv',
    resources: [],
  },
  {
    framework: 'fastify',
    database: 'sqlite',
    cache: 'memory',
    auth: 'oidc',
    deploy: 'compose',
    ci: 'github',
    manager: 'npm',
    resources: [],
  },
  {
    framework: 'express',
    database: 'postgresql',
    cache: 'redis',
    auth: 'oidc',
    deploy: 'none',
    ci: 'none',
    manager: 'yarn',
    resources: [],
  },
  {
    framework: 'fastapi',
    database: 'postgresql',
    cache: 'memory',
    auth: 'oidc',
    deploy: 'compose',
    ci: 'github',
    manager: 'uv',
    resources: [],
  },
].map(({ resources, manager, installEnvironment = {}, ...choices }) => ({
  choices,
  resources,
  manager,
  installEnvironment: installEnvironment as Record<string, string>,
}));

const passed = new Passed('e2e', ['tests/e2e'], operations);
const open = combinations.filter((combination) => !passed.has(combination));

let installed: string;
/** Not inside of a package: Yarn would take a project there for a part of it. */
let projects: string;
/** Where the package managers are found. */
let managers: Record<string, string>;
let redis: Started | undefined;
let redisUrl: string;

beforeAll(async () => {
  if (open.length === 0) return;
  installed = copyOfPackage();
  projects = fs.mkdtempSync(path.join(os.tmpdir(), 'projects-'));
  fs.chmodSync(projects, 0o755);
  managers = { PATH: `${installManagers()}:${process.env.PATH}`, YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' };
  const port = await freePort();
  redis = start(os.tmpdir(), 'redis-server', [
    '--port',
    `${port}`,
    '--save',
    '',
    '--appendonly',
    'no',
    '--bind',
    '127.0.0.1',
  ]);
  redisUrl = `redis://127.0.0.1:${port}`;
  await until(() => redis!.output().includes('Ready to accept connections'), redis!.output);
});

afterAll(async () => {
  await redis?.stop();
  for (const folder of [installed, projects]) if (folder) fs.rmSync(folder, { recursive: true, force: true });
});

test.skipIf(open.length === combinations.length)('the others have passed as they are', () => {
  expect(combinations.filter((combination) => passed.has(combination)).length).toBeGreaterThan(0);
});

describe.each(open.map((combination) => ({ name: nameOf(combination), ...combination })))(
  '$name',
  ({ choices, resources, manager, installEnvironment }) => {
    const combination = { choices, resources, manager };
    const folder = () => path.join(projects, `shop-${Object.values(choices).join('-')}`);
    /** How it is run, as its manifest says. */
    const manifest = () => fs.readJsonSync(path.join(folder(), '.scalable-api.json')).run;
    const command = (name: string, env: Record<string, string> = {}, more: string[] = []): string => {
      const line = [manifest().commands[name], ...more].join(' ');
      return run(folder(), 'sh', ['-c', line], { ...managers, ...env });
    };
    const started: Started[] = [];
    let servers: Servers | undefined;
    let dependencies: Dependencies | undefined;
    let data: string | undefined;
    passed.recordWhenPassed(combination, afterAll);

    afterAll(async () => {
      for (const one of started) await one.stop();
      await dependencies?.close();
      await servers?.close();
      if (data) fs.removeSync(data);
    });

    test('is made, installs without a warning, and is clean', () => {
      const flags = Object.entries(choices).map(([axis, value]) => `--${axis}=${value}`);
      const specs = resources.flatMap((spec) => ['--resource', spec]);
      run(projects, path.join(installed, 'node_modules/.bin/create-scalable-api'), [
        path.basename(folder()),
        ...['--yes', '--no-install', '--no-git', '--package-manager', manager],
        ...flags,
        ...specs,
      ]);
      expect(command('install', installEnvironment)).not.toMatch(/deprecated|EBADENGINE|^warning/m);
      if (manager === 'npm')
        expect(fs.readFileSync(path.join(folder(), 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
      for (const name of ['lint', 'typecheck', 'build']) command(name);
    });

    test('passes its own tests', () => {
      const printed = command('test', { TEST_REDIS_URL: redisUrl });
      expect(printed).toMatch(/\d+ passed/);
      expect(printed).not.toMatch(/\d+ failed/);
    });

    test('its commands fail on what is wrong, and on nothing else', () => {
      for (const { name, file, text } of mistakes[manager === 'uv' ? 'python' : 'node']) {
        const place = path.join(folder(), file);
        const before = fs.existsSync(place) ? fs.readFileSync(place, 'utf8') : undefined;
        const only = name === 'test' ? [...(manager === 'npm' ? ['--'] : []), file] : [];
        fs.outputFileSync(place, (before ?? '') + text);
        // A command that exits with 0 does not throw, whatever it prints.
        expect(() => command(name, { TEST_REDIS_URL: redisUrl }, only), `${name} with ${file}`).toThrow(
          /planted/,
        );
        if (before === undefined) fs.removeSync(place);
        else fs.writeFileSync(place, before);
      }
      for (const name of ['testUnit', 'lint', 'typecheck', 'build'])
        command(name, { TEST_REDIS_URL: redisUrl });
    });

    test('starts for development, and what its README asks of it then is answered', async () => {
      const readme = fs.readFileSync(path.join(folder(), 'README.md'), 'utf8');
      const { dev } = manifest().commands;
      expect(readme).toContain(dev);
      const port = await freePort();
      const issuerPort = await freePort();
      const server = start(folder(), 'bash', ['-c', `exec ${dev}`], {
        ...managers,
        PORT: `${port}`,
        MANAGEMENT_PORT: `${await freePort()}`,
        OIDC_DEV_PORT: `${issuerPort}`,
      });
      started.push(server);
      await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, server.output, 60);
      const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
        .map(([, block]) => block!)
        .filter((block) => block.includes('localhost:3000'));
      expect(blocks.length).toBeGreaterThan(0);
      for (const block of blocks) {
        const script = block
          .replaceAll('curl -s', 'curl -sSf')
          .replaceAll('localhost:3000', `localhost:${port}`)
          .replaceAll('localhost:4400', `localhost:${issuerPort}`);
        const printed = run(folder(), 'bash', ['-euc', script]);
        expect(printed).toContain('{');
        if (block.includes('login')) expect(printed).toContain('accessToken');
      }
      const { DEV_ADMIN_PASSWORD: password } = parseEnv(fs.readFileSync(path.join(folder(), '.env'), 'utf8'));
      await expectDocsPage(`http://127.0.0.1:${port}`, {
        account: password ? { email: 'admin@example.com', password } : undefined,
        issuer: choices.auth === 'oidc' ? `http://localhost:${issuerPort}` : undefined,
      });
      await server.stop();
    });

    test('development goes on over changes, mistakes and a kill', async () => {
      const [port, management] = [await freePort(), await freePort()];
      const url = `http://127.0.0.1:${port}`;
      const settings = { ...managers, PORT: `${port}`, MANAGEMENT_PORT: `${management}` };
      const dev = async () => {
        const server = start(folder(), 'bash', ['-c', `exec ${manifest().commands.dev}`], settings);
        started.push(server);
        await until(() => server.output().includes('Try it:'), server.output, 120);
        return server;
      };
      const file = (name: string) => path.join(folder(), name);
      const list = resources.length > 0 ? 'orders' : 'products';
      const migration = manager === 'uv' ? revision : script;
      const last = String(100 + Math.max(1, resources.length)).padStart(4, '0');
      let server = await dev();
      const serves = () => until(async () => (await fetch(`${url}/v1/${list}`)).ok, server.output, 60);
      const says = (text: string | RegExp) =>
        until(() => server.output().search(text) >= 0, server.output, 60);

      // As editors save: a new file takes the place of the old one.
      const starts = () => server.output().split(/listening/i).length;
      const saved = manager === 'uv' ? 'app/__init__.py' : 'openapi.yaml';
      for (const _ of ['once', 'and again']) {
        const before = starts();
        fs.copyFileSync(file(saved), file('saved'));
        fs.renameSync(file('saved'), file(saved));
        await until(() => starts() > before, server.output, 60);
        await serves();
      }

      const good = migration('9001', last, `alter table "${list}" add column "planted" text`);
      fs.writeFileSync(file(good.file), good.text);
      await says('Applied 9001_planted');
      const bad = migration('9002', '9001', `alter tabel "${list}" add column "x" text`);
      fs.writeFileSync(file(bad.file), bad.text);
      await says(place(bad.file, bad.line));
      await serves();
      fs.removeSync(file(bad.file));
      fs.writeFileSync(file('seeds/9001_planted.sql'), `insert into "nothing" ("id") values (1);\n`);
      await says(place('seeds/9001_planted.sql', 1));
      fs.removeSync(file('seeds/9001_planted.sql'));
      // What runs already is used by the other commands, and stays.
      expect(command('migrate', settings)).toContain('up to date');
      expect(command('seed', settings)).toContain('are there');
      await serves();

      await server.stop('SIGKILL');
      server = await dev();
      expect(server.output()).not.toMatch(/in use|Applied/);
      expect(server.output()).toContain(url.replace('127.0.0.1', 'localhost'));
      // The package manager alone: what it started holds the pipe open, and ends as well.
      const closed = once(server.child, 'close');
      server.child.kill('SIGTERM');
      await closed;
      server = await dev();
      expect(server.output()).not.toMatch(/in use/);
      await server.stop();
      expect(command('migrate', settings)).toContain('up to date');
      fs.removeSync(file(good.file));
      expect(command('reset', settings)).toContain('Deleted');
      expect(command('migrate', settings)).toContain('Applied');
    });

    test('refuses to start in production without its settings, a line for each', () => {
      const { startCommand, startEnvironment } = manifest();
      const [file, ...args] = startCommand;
      const begin = () => run(folder(), file, args, startEnvironment);
      expect(begin).toThrow(/^DATABASE_URL is not set/m);
      expect(begin).toThrow(/^CURSOR_SECRET is not set/m);
    });

    /** Starts an instance as production would, with its servers, its secrets and a port of its own. */
    async function instance(settings: Record<string, string>) {
      const { startCommand, startEnvironment } = manifest();
      const [file, ...args] = startCommand;
      const [port, management] = [await freePort(), await freePort()];
      const env = {
        ...(parseEnv(fs.readFileSync(path.join(folder(), '.env'), 'utf8')) as Record<string, string>),
        ...startEnvironment,
        ...dependencies!.env,
        PORT: `${port}`,
        MANAGEMENT_PORT: `${management}`,
        HOST: '127.0.0.1',
        RATE_LIMIT_DEFAULT: '1000000',
        // A machine that stands still for a moment loses no request.
        MAX_EVENT_LOOP_DELAY_MS: '60000',
        DB_ACQUIRE_TIMEOUT_MS: '10000',
        REQUEST_TIMEOUT_MS: '20000',
        ...settings,
      };
      const one = start(folder(), file, args, env);
      started.push(one);
      const url = `http://127.0.0.1:${port}`;
      await ready(url, one);
      return { one, url, management };
    }

    test('is migrated, on servers of its own', async () => {
      data = fs.mkdtempSync(path.join(os.tmpdir(), 'e2e-data-'));
      fs.chmodSync(data, 0o755);
      const project = readProject(folder());
      servers = await Servers.start(project, data);
      dependencies = await servers.open(project, 'e2e');
      command('secrets');
      const [file, ...args] = manifest().migrateCommand;
      expect(await finished(folder(), file, args, dependencies.env)).toContain('0001_idempotency');
      expect(await finished(folder(), file, args, dependencies.env)).toContain('up to date');
    });

    test('serves over all its instances, and a restart in turn loses no request', async () => {
      const settings = { DRAIN_DELAY_MS: '2000' };
      const single = choices.database === 'sqlite' || choices.cache === 'memory';
      expect(manifest().instances).toBe(single ? 1 : 3);
      const instances: Awaited<ReturnType<typeof instance>>[] = [];
      while (instances.length < manifest().instances) instances.push(await instance(settings));
      const [first] = instances;
      const list = resources.length > 0 ? '/v1/orders' : '/v1/products';

      const health = await fetch(`${first!.url}/readyz`);
      expect(await health.json()).toMatchObject({ status: 'ready' });
      const metrics = await (await fetch(`http://127.0.0.1:${first!.management}/metrics`)).text();
      expect(metrics).toContain('http_server_request_duration_seconds_bucket');

      const lost: string[] = [];
      let served = 0;
      let running = true;
      const up = new Set(instances);
      const load = async () => {
        for (let turn = 0; running; turn += 1) {
          const [target] = [...up].slice(turn % Math.max(1, up.size));
          if (!target) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            continue;
          }
          try {
            const answer = await fetch(target.url + list);
            const text = await answer.text();
            if (answer.status === 200) served += 1;
            else lost.push(text);
          } catch (error) {
            lost.push(String((error as Error).cause ?? error));
          }
        }
      };
      const callers = [load(), load(), load(), load()];
      const told = await finished(
        folder(),
        path.join(installed, 'node_modules/.bin/create-scalable-api'),
        ['plan', '.', '--from', `http://127.0.0.1:${first!.management}/metrics`, '--seconds', '2', '--json'],
        {},
      );
      const { sizes } = JSON.parse(told.slice(told.indexOf('{')));
      expect(sizes.peakRps).toBeGreaterThan(10);
      for (const measured of [sizes.cpuMs, sizes.dbMs]) {
        expect(measured).toBeGreaterThan(0.01);
        expect(measured).toBeLessThan(100);
      }
      for (const target of instances) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        target.one.child.kill('SIGTERM');
        await until(
          async () => (await fetch(`${target.url}/readyz`)).status === 503,
          () => 'still ready after SIGTERM',
          1,
        );
        // What a balancer does when it sees that.
        up.delete(target);
        expect(await target.one.stop(), target.one.output()).toBe(0);
        up.add(await instance(settings));
      }
      running = false;
      await Promise.all(callers);
      expect({ lost, some: served > 50 }).toEqual({ lost: [], some: true });
      const lines = first!.one.output().trim().split('\n');
      expect(lines.every((line) => JSON.parse(line).timestamp)).toBe(true);
      const requests = lines.map((line) => JSON.parse(line)).filter((line) => line.route === list);
      expect(requests[0]).toMatchObject({
        method: 'GET',
        status: 200,
        level: 'info',
        requestId: expect.any(String),
        traceId: expect.any(String),
      });
    });

    if (choices.auth === 'none')
      test('a write is seen by the next reader, and repeated with its key only once', async () => {
        const settings = { DRAIN_DELAY_MS: '0' };
        const first = await instance(settings);
        const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
        const send = (url: string) =>
          fetch(`${url}/v1/orders`, {
            method: 'POST',
            headers,
            body: JSON.stringify({ total: '9.99', status: 'paid' }),
          });
        const created = await send(first.url);
        expect(created.status).toBe(201);
        const text = await created.text();
        const location = created.headers.get('location')!;
        // Killed after the commit: the answer is kept with the row.
        await first.one.stop('SIGKILL');
        const again = await instance(settings);
        const replayed = await send(again.url);
        expect(replayed.headers.get('idempotent-replayed')).toBe('true');
        expect(await replayed.text()).toBe(text);
        expect((await fetch(`${again.url}${location}`)).status).toBe(200);
      });
  },
);
