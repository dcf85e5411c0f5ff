import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  freePort,
  installManagers,
  installPackage,
  ready,
  run,
  type Started,
  start,
  until,
} from './project.js';

const everyType =
  'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer+, amount:decimal?, ok:boolean, kind:enum(a|b)+, tag:uuid?, day:date+, due:datetime+, orderId:ref(order), parent:ref(item)?';
const order = 'order: total:decimal, status:enum(pending|paid)+, group:string(0,10)?';
/** Named like what a project has of its own, like each other, and longer than databases like it. */
const oddNames = [
  'account: owner:ref(account)?, date:date+',
  'database: transaction:integer+, class:string(1,9)!',
  'error: limit:integer, type:string(1,9)+',
  'news: items:integer+, itemsCode:integer+, itemsCodeKey:integer!, pkey:integer+',
  'newsItem: code:integer!, codeKey:integer+, newsId:ref(news)',
  'purchaseOrderLineItemAdjustmentRequest: customerBillingAddressLineOne:string(1,9)+, customerBillingAddressLineTwo:string(1,9)+',
];

/** Each pair of values of two axes occurs once at least. */
const combinations = [
  {
    database: 'postgresql',
    cache: 'redis',
    auth: 'jwt',
    deploy: 'compose',
    ci: 'github',
    manager: 'npm',
    resources: [],
  },
  {
    database: 'sqlite',
    cache: 'memory',
    auth: 'none',
    deploy: 'none',
    ci: 'github',
    manager: 'pnpm',
    resources: [order, everyType],
  },
  {
    database: 'postgresql',
    cache: 'memory',
    auth: 'none',
    deploy: 'compose',
    ci: 'none',
    manager: 'npm',
    resources: [order, everyType, ...oddNames],
  },
  {
    database: 'sqlite',
    cache: 'redis',
    auth: 'jwt',
    deploy: 'none',
    ci: 'none',
    manager: 'yarn',
    resources: [],
  },
];

let installed: string;
/** Not inside of a package: Yarn would take a project there for a part of it. */
let projects: string;
/** Where the package managers are found. */
let managers: Record<string, string>;
let redis: Started;
let redisUrl: string;

beforeAll(async () => {
  installed = installPackage();
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
  await until(() => redis.output().includes('Ready to accept connections'), redis.output);
});

afterAll(async () => {
  await redis?.stop();
  for (const folder of [installed, projects]) fs.rmSync(folder, { recursive: true, force: true });
});

describe.each(combinations)(
  '$database $cache $auth $deploy $ci $manager',
  ({ resources, manager, ...choices }) => {
    const project = () => path.join(projects, `shop-${choices.database}-${choices.cache}`);
    const started: Started[] = [];
    const environment: Record<string, string> = {};

    afterAll(async () => {
      for (const one of started) await one.stop();
    });

    test('is made, installs without a warning, and is clean', () => {
      const flags = Object.entries(choices).map(([axis, value]) => `--${axis}=${value}`);
      const specs = resources.flatMap((spec) => ['--resource', spec]);
      run(projects, path.join(installed, 'node_modules/.bin/create-scalable-api'), [
        path.basename(project()),
        '--yes',
        '--no-install',
        '--no-git',
        '--package-manager',
        manager,
        ...flags,
        ...specs,
      ]);
      const log = run(project(), manager, ['install'], managers);
      expect(log).not.toMatch(/deprecated|EBADENGINE/);
      if (manager === 'npm')
        expect(fs.readFileSync(path.join(project(), 'package-lock.json'), 'utf8')).not.toContain(
          '"resolved"',
        );
      for (const script of ['lint', 'typecheck', 'build']) run(project(), manager, ['run', script], managers);
    });

    test('passes its own tests', () => {
      const printed = run(project(), manager, ['run', 'test'], { ...managers, TEST_REDIS_URL: redisUrl });
      expect(printed).toMatch(/Tests.*passed/);
    });

    test('starts for development, and what its README asks of it then is answered', async () => {
      const readme = fs.readFileSync(path.join(project(), 'README.md'), 'utf8');
      expect(readme).toContain(`${manager} run dev`);
      const { dev } = JSON.parse(fs.readFileSync(path.join(project(), 'package.json'), 'utf8')).scripts;
      const port = await freePort();
      const server = start(project(), 'bash', ['-c', `exec ${dev}`], {
        PATH: `${project()}/node_modules/.bin:${process.env.PATH}`,
        PORT: `${port}`,
        MANAGEMENT_PORT: `${await freePort()}`,
      });
      started.push(server);
      await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, server.output, 60);
      const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
        .map(([, block]) => block!)
        .filter((block) => block.includes('localhost:3000'));
      expect(commands.length).toBeGreaterThan(0);
      for (const block of commands) {
        const script = block
          .replaceAll('curl -s', 'curl -sSf')
          .replaceAll('localhost:3000', `localhost:${port}`);
        const printed = run(project(), 'bash', ['-euc', script]);
        expect(printed).toContain('{');
        if (block.includes('login')) expect(printed).toContain('accessToken');
      }
      await server.stop();
    });

    test('refuses to start in production without its settings, a line for each', () => {
      const begin = () => run(project(), 'node', ['dist/main.js'], { NODE_ENV: 'production' });
      expect(begin).toThrow(/^DATABASE_URL is not set/m);
      expect(begin).toThrow(/^CURSOR_SECRET is not set/m);
    });

    test('serves over all its instances, and a restart in turn loses no request', async () => {
      const data = fs.mkdtempSync(path.join(os.tmpdir(), 'e2e-data-'));
      fs.chmodSync(data, 0o755);
      environment.DATABASE_URL = `file:${data}/app.db`;
      if (choices.database === 'postgresql') {
        const script = path.resolve(import.meta.dirname, 'database.ts');
        const database = start(project(), path.join(project(), 'node_modules/.bin/tsx'), [
          script,
          project(),
          path.join(data, 'postgres'),
        ]);
        started.push(database);
        await until(() => database.output().includes('URL '), database.output);
        environment.DATABASE_URL = /URL (\S+)/.exec(database.output())![1]!;
      }
      run(project(), 'npx', ['tsx', 'scripts/secrets.ts']);
      run(project(), manager, ['run', 'migrate'], { ...managers, ...environment });
      const single = choices.database === 'sqlite' || choices.cache === 'memory';
      const instance = async () => {
        const [port, management] = [await freePort(), await freePort()];
        const env = {
          ...environment,
          NODE_ENV: 'production',
          PORT: `${port}`,
          MANAGEMENT_PORT: `${management}`,
          REDIS_URL: redisUrl,
          CACHE_PREFIX: choices.database,
          RATE_LIMIT_DEFAULT: '1000000',
          MAX_EVENT_LOOP_DELAY_MS: '60000',
          DRAIN_DELAY_MS: '1000',
          HOST: '127.0.0.1',
        };
        const one = start(project(), process.execPath, ['--env-file=.env', 'dist/main.js'], env);
        started.push(one);
        const url = `http://127.0.0.1:${port}`;
        await ready(url, one);
        return { one, url, management };
      };
      const instances = single ? [await instance()] : [await instance(), await instance()];
      const [first] = instances;
      const list = resources.length > 0 ? '/v1/orders' : '/v1/products';

      const health = await fetch(`${first!.url}/readyz`);
      expect(await health.json()).toMatchObject({ status: 'ready' });
      const metrics = await (await fetch(`http://127.0.0.1:${first!.management}/metrics`)).text();
      expect(metrics).toContain('http_server_request_duration_seconds_bucket');

      let lost = 0;
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
            await answer.text();
            if (answer.status === 200) served += 1;
            else lost += 1;
          } catch {
            lost += 1;
          }
        }
      };
      const callers = [load(), load(), load(), load()];
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
        up.add(await instance());
      }
      running = false;
      await Promise.all(callers);
      expect({ lost, some: served > 50 }).toEqual({ lost: 0, some: true });
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

    test.runIf(choices.auth === 'none')(
      'a write is seen by the next reader, and repeated with its key only once',
      async () => {
        const port = await freePort();
        const env = {
          ...environment,
          NODE_ENV: 'production',
          PORT: `${port}`,
          MANAGEMENT_PORT: `${await freePort()}`,
          REDIS_URL: redisUrl,
          DRAIN_DELAY_MS: '0',
          MAX_EVENT_LOOP_DELAY_MS: '60000',
        };
        const one = start(project(), process.execPath, ['--env-file=.env', 'dist/main.js'], env);
        started.push(one);
        const url = `http://127.0.0.1:${port}/v1/orders`;
        await ready(`http://127.0.0.1:${port}`, one);
        const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
        const send = () =>
          fetch(url, { method: 'POST', headers, body: JSON.stringify({ total: '9.99', status: 'paid' }) });
        const created = await send();
        expect(created.status).toBe(201);
        const location = created.headers.get('location')!;
        // Killed after the commit: the answer is kept with the row.
        await one.stop('SIGKILL');
        const again = start(project(), process.execPath, ['--env-file=.env', 'dist/main.js'], env);
        started.push(again);
        await ready(`http://127.0.0.1:${port}`, again);
        const replayed = await send();
        expect(replayed.headers.get('idempotent-replayed')).toBe('true');
        expect(await replayed.text()).toBe(await created.text());
        expect((await fetch(`http://127.0.0.1:${port}${location}`)).status).toBe(200);
      },
    );
  },
);
