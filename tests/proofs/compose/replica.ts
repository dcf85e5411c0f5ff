import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tokens } from '../../../src/verify/http/tokens.js';
import { Deployment } from './deployment.js';
import { Traffic } from './traffic.js';

/**
 * Adds compose.replica.yaml to a deployment that has data already, and proves that lists are read on the replica, that
 * nobody misses what they have just written, and that no request fails while the replica is away or behind.
 * usage: tsx replica.ts PROJECT PROGRAMS, as outages.ts
 */
const [folder, programs] = process.argv.slice(2) as [string, string];
const deployment = new Deployment(folder, programs);
const name = path.basename(folder);
/** Since an instance has reached the store; before, it does not rely on what that knows of writes. */
const settledMs = 6000;

function say(text: string): void {
  console.log(`${name}: ${text}`);
}

async function until(what: string, condition: () => Promise<boolean>, withinMs: number): Promise<void> {
  for (const end = performance.now() + withinMs; !(await condition()); await sleep(200))
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`);
}

/** Somebody who is signed in. */
function caller() {
  const tokens = new Tokens(deployment.secret('JWT_PRIVATE_KEY').replaceAll('\\n', '\n'), name, name);
  const authorization = `Bearer ${tokens.issue('admin', randomUUID())}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const ask = async (place: string, init: RequestInit = {}) => {
    const answer = await fetch(`${deployment.url}/v1/products${place}`, { headers, ...init });
    if (!answer.ok) throw new Error(`${place} is answered ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { id: string; data: { id: string }[] };
  };
  return {
    authorization,
    create: async () => (await ask('', { method: 'POST', body: JSON.stringify(product(randomUUID())) })).id,
    sees: async (id: string) => (await ask('?sort=-createdAt&limit=100')).data.some((item) => item.id === id),
    find: (id: string) => ask(`/${id}`),
  };
}

function product(unique: string): object {
  return { name: unique, price: '9.99', status: 'active' };
}

async function replica(): Promise<string> {
  const [container] = await deployment.containers('replica');
  return container!;
}

async function onReplica(statement: string): Promise<string> {
  return deployment.query(statement, 'replica', 5432);
}

async function proveReads(): Promise<void> {
  const [writer, reader] = [caller(), caller()];
  await onReplica('select pg_wal_replay_pause()');
  const id = await writer.create();
  for (let read = 0; read < 40; read += 1) {
    if (!(await writer.sees(id)))
      throw new Error(`read ${read}: a caller does not see what they have written`);
    if (await reader.sees(id)) throw new Error(`read ${read}: a list does not come from the replica`);
    await reader.find(id);
  }
  await onReplica('select pg_wal_replay_resume()');
  await until('the replica replays again', () => reader.sees(id), 5000);
  say('lists come from the replica; a caller sees what they have just written on every instance');
}

async function proveOutage(): Promise<void> {
  const load = new Traffic(deployment.url, caller().authorization, product, 20);
  const expectNone = (while_: string) => {
    const failures = load.take().map(({ method, reason }) => `  ${method}: ${reason}`);
    if (failures.length > 0)
      throw new Error([`requests failed while ${while_}`, ...failures.slice(0, 10)].join('\n'));
    say(`no request failed while ${while_}`);
  };
  try {
    await sleep(1000);
    process.kill(await deployment.pid(await replica()), 'SIGKILL');
    await sleep(2000);
    expectNone('the replica was killed');

    const container = await replica();
    await deployment.docker('stop', container);
    await sleep(3000);
    expectNone('it was away');
    for (let segment = 0; segment < 12; segment += 1)
      await deployment.query('select pg_switch_wal(); checkpoint', '127.0.0.1', 5432);
    await deployment.docker('start', container);
    const follows = async () =>
      (await onReplica("select count(*) from pg_stat_wal_receiver where status = 'streaming'").catch(
        () => '',
      )) === '1';
    await until('the replica is copied anew', follows, 90_000);
    if (!/requested WAL segment .* removed/.test(await deployment.compose('logs', 'replica')))
      throw new Error('the replica never was behind: the proof proves nothing');
    await deployment.healthy(container);
    expectNone('it was too far behind, and copied anew');
  } finally {
    await load.stop();
  }
}

const environment = path.join(folder, '.env');
const before = fs.readFileSync(environment);
try {
  await deployment.up();
  const id = await caller().create();
  // How busy this machine is, is not what is proven.
  const settings = 'COMPOSE_FILE=compose.yaml:compose.replica.yaml\nDB_ACQUIRE_TIMEOUT_MS=2500\n';
  fs.appendFileSync(environment, settings);
  // Not with --wait: the balancer is unhealthy for a while, since all that is behind it is started anew.
  const up = () => deployment.compose('up', '--detach', '--no-build');
  // On a busy machine instances that start at once may take longer than their health check allows.
  await up().catch(up);
  for (const service of ['replica', 'api', 'balancer'])
    for (const container of await deployment.containers(service)) await deployment.healthy(container);
  say('has a replica');
  await sleep(settledMs);
  if (!(await caller().sees(id))) throw new Error('the replica does not have what was there before');
  await proveReads();
  await proveOutage();
} catch (error) {
  console.error(`${name}: ${(error as Error).message}`);
  console.error(
    await deployment.compose('logs', '--tail', '100', 'replica', 'pooler', 'postgresql').catch(String),
  );
  process.exitCode = 1;
} finally {
  if (!process.env.KEEP) await deployment.down();
  fs.writeFileSync(environment, before);
}
