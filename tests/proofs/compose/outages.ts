import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { verify } from '../../../src/commands/verify.js';
import { commonTenant, Tokens } from '../../../src/verify/http/tokens.js';
import { Deployment } from './deployment.js';
import { Exports } from './jobs.js';
import { type Failure, Traffic } from './traffic.js';

/**
 * Brings up compose.yaml of a project, asks it through its balancer, and counts what fails while parts of it do.
 * usage: tsx outages.ts PROJECT PROGRAMS; needs an API image of that name, and the address 127.0.0.1:8080
 */
const [folder, programs] = process.argv.slice(2) as [string, string];
const deployment = new Deployment(folder, programs);
const name = path.basename(folder);
const ratePerSecond = 40;
/** Of a request that could not be answered while the database hung. */
const explained = /^503 .*#problem-(dependency-unavailable|deadline-exceeded|overloaded)"/;
/** Rows about TRACE, of which the balancer does not know what a path allows instead, and about %00 in a path. */
const refusedByBalancer = ['ME1', 'VA5'];

function say(text: string): void {
  console.log(`${name}: ${text}`);
}

function fail(what: string, failures: readonly Failure[] = []): never {
  const lines = failures
    .slice(0, 10)
    .map(
      ({ method, reason, sent, ended }) =>
        `  ${method} ${Math.round(sent)}-${Math.round(ended)} ms: ${reason}`,
    );
  throw new Error([what, ...lines].join('\n'));
}

/** Fails when a request has failed since the last call. */
function expectNone(load: Traffic, while_: string): void {
  const failures = load.take();
  if (failures.length > 0) fail(`${failures.length} requests failed while ${while_}`, failures);
  say(`no request failed while ${while_}`);
}

/** What the API may ask of the database, in tables that are there and in those of migrations to come. */
async function proveRights(authorization: string): Promise<void> {
  const asOwner = (statement: string) => deployment.query(statement, '127.0.0.1', 5432);
  const asApi = (statement: string) => deployment.query(statement, 'pooler', 6432);
  const refused = (statement: string) =>
    asApi(statement).then(
      () => fail(`the role of the API may ${statement}`),
      (error: Error) => {
        if (!/permission denied|must be (owner|superuser)/.test(error.message)) throw error;
      },
    );
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ title: 'kept apart' });
  const { status } = await fetch(`${deployment.url}/v1/notes`, { method: 'POST', headers, body });
  if (status !== 201) fail(`a note of a tenant is answered ${status}`);
  const count = 'select count(*) from notes';
  if ((await asOwner(count)) !== '1') fail('the note is not there');
  if ((await asApi(count)) !== '0') fail('the role of the API sees notes of all tenants');
  const own = `begin; select set_config('app.tenant', '${commonTenant}', true); ${count}; commit`;
  if (!/^1$/m.test(await asApi(own)))
    fail('the role of the API does not see notes of the tenant that it asks for');

  await asOwner('create table later (id integer)');
  await asApi('insert into later values (1); update later set id = 2; delete from later');
  for (const statement of [
    'truncate later',
    'drop table later',
    'create table own (id integer)',
    'alter table notes disable row level security',
    "select pg_read_file('/etc/passwd')",
    "copy notes to program 'cat'",
  ])
    await refused(statement);
  await asOwner('drop table later');
  // What has run at the first start runs at each, and changes nothing.
  await deployment.up();
  if ((await asApi(count)) !== '0') fail('the role of the API sees notes of all tenants after another start');
  say('the API reads and writes rows, of its tenants only, and can do nothing else');
}

async function prove(): Promise<void> {
  await deployment.up();
  say('is up');
  const instances = await deployment.containers('api');
  for (const instance of [...instances, ...(await deployment.containers('worker'))]) {
    const user = await deployment.docker('exec', instance, 'id', '-u');
    const format = '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{gt .HostConfig.Memory 0}}';
    const limited = await deployment.inspect(instance, format);
    if (user === '0' || limited !== 'true [ALL] true') fail(`${instance} runs as ${user}: ${limited}`);
  }
  const limits = await deployment.query('show statement_timeout; show lock_timeout', 'pooler', 6432);
  if (!/^\d+m?s\n\d+m?s$/.test(limits) || /^0/m.test(limits)) fail(`the pooler sets no limits: ${limits}`);

  const tokens = new Tokens(deployment.secret('JWT_PRIVATE_KEY').replaceAll('\\n', '\n'), name, name);
  const account = randomUUID();
  await deployment.query(
    `insert into auth_accounts (id, email, password_hash, roles, tenant, created_at)
      values ('${account}', 'proof@example.com', 'none', 'admin', '${commonTenant}', now())`,
    '127.0.0.1',
    5432,
  );
  const token = () => tokens.issue('admin', account);
  process.env.VERIFY_TOKEN = token();
  const ready = await (await fetch(`${deployment.url}/readyz`)).text();
  if (/degraded/.test(ready)) fail(`it is not well: ${ready}`);
  await proveRights(`Bearer ${token()}`);
  if ((await verify([deployment.url, '--write', '--load', '--skip', refusedByBalancer.join(',')])) !== 0)
    fail('verify fails through the balancer');

  const load = new Traffic(
    deployment.url,
    `Bearer ${token()}`,
    (unique) => ({ name: unique, price: '9.99', status: 'active' }),
    ratePerSecond,
  );
  try {
    await sleep(2000);
    expectNone(load, 'nothing else happened');
    const connections = Number(
      await deployment.query(
        "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
        '127.0.0.1',
        5432,
      ),
    );
    const [pooler] = await deployment.containers('pooler');
    const environment = await deployment.inspect(pooler!, '{{range .Config.Env}}{{println .}}{{end}}');
    const pool = Number(/^POOL_SIZE=(\d+)/m.exec(environment)![1]);
    if (connections > pool) fail(`${connections} connections to the database, and ${pool} to lend`);
    say(`${instances.length} instances share ${connections} of ${pool} connections`);

    const heal = await deployment.cut(instances[0]!, 6379);
    await sleep(4000);
    await heal();
    await sleep(2000);
    expectNone(load, 'an instance did not reach the cache');

    const victim = await deployment.pid(instances[0]!);
    const killed = performance.now();
    process.kill(victim, 'SIGKILL');
    await sleep(3000);
    const lost = load.take();
    const others = lost.filter(({ sent, method }) => sent > killed + 100 || method !== 'POST');
    if (others.length > 0)
      fail('requests failed that were not in progress on the instance that was killed', others);
    say(`${lost.length} requests were lost with an instance that was killed`);
    await deployment.healthy(instances[0]!);
    expectNone(load, 'it came back');

    for (const instance of instances) {
      const grace = await deployment.inspect(instance, '{{.Config.StopTimeout}}');
      await deployment.docker('stop', '--time', grace, instance);
      const exitCode = await deployment.inspect(instance, '{{.State.ExitCode}}');
      if (exitCode !== '0') fail(`${instance} ended with ${exitCode} after SIGTERM`);
      await deployment.docker('start', instance);
      await deployment.healthy(instance);
    }
    expectNone(load, 'all instances were restarted in turn');

    const [database] = await deployment.containers('postgresql');
    await deployment.docker('pause', database!);
    await sleep(4000);
    await deployment.docker('unpause', database!);
    const refused = load.take();
    await sleep(3000);
    load.take();
    await sleep(2000);
    expectNone(load, 'the database was well again');
    const unexplained = refused.filter(({ reason }) => !explained.test(reason));
    if (unexplained.length > 0) fail('a database that hangs is not told as such', unexplained);
    if (refused.length === 0) fail('a database that hangs goes unnoticed: the proof proves nothing');
    say(`${refused.length} requests were told that the database hung`);
  } finally {
    await load.stop();
  }
  say(`${load.count} requests were sent`);
  await proveJobs(new Exports(deployment, '/v1/products', `Bearer ${token()}`));
}

async function proveJobs(exports: Exports): Promise<void> {
  await exports.during(() => exports.killWorker());
  say('all exports were made although a worker was killed');
  await exports.during(() => exports.restartWorkers());
  say('all exports were made while workers were restarted');
  await exports.whileQueueHangs();
  say('all exports were made although the queue hung');
  const runbook = fs.readFileSync(path.join(folder, 'docs/runbooks/jobs.md'), 'utf8');
  const list = /^docker compose (run .* list failed)$/m.exec(runbook)![1]!;
  const failed = await deployment.compose(...list.split(' '));
  if (!/^no jobs$/m.test(failed)) fail(`jobs have failed: ${failed}`);
}

try {
  await prove();
} catch (error) {
  console.error(`${name}: ${(error as Error).message}`);
  const logs = await deployment
    .compose('logs', '--tail', '200', 'api', 'worker', 'balancer', 'pooler')
    .catch(String);
  const telling = logs.split('\n').filter((line) => !/"status":[1-4]/.test(line));
  console.error(telling.join('\n'));
  process.exitCode = 1;
} finally {
  if (!process.env.KEEP) await deployment.down();
}
