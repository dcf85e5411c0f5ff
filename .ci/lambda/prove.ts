import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { verify } from '../../src/commands/verify.js';
import { type Dependencies, Servers } from '../../src/verify/dependencies.js';
import { openFaultProxy } from '../../src/verify/fault-proxy.js';
import type { FaultProxy } from '../../src/verify/faults.js';
import { readProject } from '../../src/verify/manifest.js';
import { runToEnd } from '../../src/verify/process.js';
import { newSecrets } from '../../src/verify/settings.js';
import { Tokens } from '../../src/verify/tokens.js';
import { Client } from './client.js';
import { Environment } from './environment.js';
import { Gateway } from './gateway.js';
import { startProxy } from './proxy.js';
import { settingsOf } from './settings.js';

const functions = 5;
const connections = 3;
/** Rows about TRACE, which API Gateway refuses, and about %00 in a path, which it has decoded. */
const refusedByGateway = ['ME1', 'VA5'];
/** Limits are not what is proven here. */
const unlimited = { RATE_LIMIT_DEFAULT: '1000000', RATE_LIMIT_WRITE: '1000000', RATE_LIMIT_AUTH: '1000000' };
const rounds = 12;
/** CACHE_L2_TTL_S, and what a busy machine takes. */
const longestStaleMs = 7000;

function demand(truth: unknown, what: string): asserts truth {
  if (!truth) throw new Error(what);
}

/**
 * Runs a project as functions: its start command with the settings of Terraform and the adapter beside it, stopped between
 * events; the database behind a proxy that takes no state of a session.
 * @throws Error that says what does not hold, with what the functions have printed
 */
export async function prove(folder: string, adapter: string): Promise<void> {
  const project = readProject(folder);
  const say = (text: string) => console.log(`${project.name}: ${text}`);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'lambda-'));
  fs.chmodSync(scratch, 0o755);
  const closing: (() => unknown)[] = [() => fs.rmSync(scratch, { recursive: true, force: true })];
  const environments: Environment[] = [];
  try {
    const servers = await Servers.start(project, scratch);
    closing.unshift(() => servers.close());
    const dependencies = await servers.open(project, 'functions');
    closing.unshift(() => dependencies.close());
    const { database, store } = dependencies as Required<Pick<Dependencies, 'database' | 'store'>>;
    const secrets = newSecrets(project.env);
    const env = {
      ...Object.fromEntries(project.env.map(({ name }) => [name, undefined])),
      ...project.startEnvironment,
      ...settingsOf(folder),
      ...unlimited,
      ...secrets,
      ...dependencies.env,
    };
    const { build } = project.commands;
    if (build) await runToEnd(build.split(' '), folder, {}, AbortSignal.timeout(120_000));
    await runToEnd(project.migrateCommand, folder, env, AbortSignal.timeout(30_000));

    const { service } = database!;
    const proxy = await startProxy(new URL(service.urlBehind(service.port)), connections);
    closing.unshift(() => proxy.stop());
    const link = await openFaultProxy({ host: '127.0.0.1', port: proxy.port, counter: () => () => 0 });
    closing.unshift(() => link.close());
    const image = {
      directory: folder,
      startCommand: project.startCommand,
      adapter,
      env: { ...env, DATABASE_URL: service.urlBehind(link.port) },
    };
    for (let number = 0; number < functions; number += 1) environments.push(await Environment.start(image));
    const gateway = new Gateway(environments);
    await gateway.listen();
    closing.unshift(() => gateway.close());

    const tokens = new Tokens(secrets.JWT_PRIVATE_KEY!, project.name, project.name);
    const token = tokens.issue('admin', 'a7e0a3a2-5f0e-4f43-9b43-4ff2cf4d7f01');
    process.env.VERIFY_TOKEN = token;
    const status = await verify([gateway.url, '--write', '--skip', refusedByGateway.join(',')]);
    demand(status === 0, 'verify fails through the gateway');
    const [open] = await service.query!(
      `select count(*)::int as count from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    demand(
      Number(open!.count) <= connections,
      `${open!.count} connections to the database, and ${connections} to lend`,
    );
    say(`verify passes; ${functions} functions share ${open!.count} connections`);

    const client = new Client(gateway.url, token);
    await client.create();
    await seesChanges(client);
    say('what one function has changed, every other sees');
    for (const [what, fault] of Object.entries({ database: link, cache: store!.proxy })) {
      await survives(client, what, fault);
      say(`connections to the ${what} that were lost while functions were frozen fail no request`);
    }
    const code = await environments[0]!.end();
    demand(code === 0, `a function ended with ${code} after SIGTERM`);
  } catch (error) {
    const lines = environments.flatMap((environment) => environment.lines());
    const telling = lines.filter((line) => !/"status":[1-4]/.test(line)).slice(-40);
    throw new Error([`${project.name}: ${(error as Error).message}`, ...telling].join('\n'), {
      cause: error,
    });
  } finally {
    await Promise.all(environments.map((environment) => environment.stop()));
    for (const close of closing) await close();
  }
}

/** Frozen for longer and shorter, each function has every change at once. */
async function seesChanges(client: Client): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await client.rename(`Round ${round}`);
    const seen = await client.names(functions);
    demand(
      seen.every((name) => name === `Round ${round}`),
      `after Round ${round} functions see ${seen.join(', ')}`,
    );
    await sleep(round % 3 === 0 ? 1200 : 50);
  }
}

async function survives(client: Client, what: string, fault: FaultProxy): Promise<void> {
  for (const kind of ['refuse', 'reset'] as const) {
    fault.set({ kind });
    await sleep(200);
    fault.set({ kind: 'pass' });
    await sleep(200);
    await client.list(2 * functions);
    const name = `${what} ${kind}`;
    await client.rename(name);
    const start = performance.now();
    while ((await client.names(functions)).some((seen) => seen !== name)) {
      demand(
        performance.now() - start < longestStaleMs,
        'a change that the cache was not told of is not seen',
      );
      await sleep(200);
    }
  }
}
