import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { type Dependencies, Servers } from '../../../src/verify/cluster/dependencies.js';
import { runToEnd } from '../../../src/verify/cluster/process.js';
import { type Project, readProject } from '../../../src/verify/cluster/project.js';
import { newSecrets } from '../../../src/verify/cluster/settings.js';
import { Tokens } from '../../../src/verify/http/tokens.js';
import { openFaultProxy } from '../../../src/verify/proxies/fault-proxy.js';
import type { FaultProxy } from '../../../src/verify/proxies/faults.js';
import type { Service } from '../../../src/verify/services/service.js';
import { scratchFolder } from '../../command-line.js';
import { Environment } from './environment.js';
import { Gateway } from './gateway.js';
import { startProxy } from './proxy.js';
import { settingsOf } from './settings.js';
import { adapter } from './tools.js';

const buildMs = 300_000;
const migrateMs = 60_000;
/** Limits are not what is proven here. */
const unlimited = { RATE_LIMIT_DEFAULT: '1000000', RATE_LIMIT_WRITE: '1000000', RATE_LIMIT_AUTH: '1000000' };

/**
 * A project that runs as functions behind an API Gateway: its start command with the settings of Terraform and the adapter
 * beside it, frozen between events; the database behind a proxy that keeps no state of a session.
 */
export class Functions {
  readonly #closing: (() => unknown)[] = [];
  readonly #environments: Environment[] = [];
  #service!: Service;
  #gateway!: Gateway;
  #token!: string;
  /** The connections to the database and to the cache, by what they lead to. */
  faults!: { database: FaultProxy; cache: FaultProxy };

  /**
   * @param folder of the project
   * @param count of functions
   * @param connections that the proxy of the database lends
   * @throws Error with what the functions have printed
   */
  static async start(folder: string, count: number, connections: number): Promise<Functions> {
    const functions = new Functions();
    try {
      await functions.#start(readProject(folder), count, connections);
      return functions;
    } catch (error) {
      const lines = functions.lines();
      await functions.close();
      throw new Error([(error as Error).message, ...lines].join('\n'), { cause: error });
    }
  }

  async #start(project: Project, count: number, connections: number): Promise<void> {
    const { directory } = project;
    const scratch = scratchFolder('functions');
    this.#closing.unshift(() => fs.rmSync(scratch, { recursive: true, force: true }));
    const servers = await Servers.start(project, scratch);
    this.#closing.unshift(() => servers.close());
    const dependencies = await servers.open(project, 'functions');
    this.#closing.unshift(() => dependencies.close());
    const { database, store } = dependencies as Required<Pick<Dependencies, 'database' | 'store'>>;
    const secrets = newSecrets(project.env);
    const env = {
      ...Object.fromEntries(project.env.map(({ name }) => [name, undefined])),
      ...project.startEnvironment,
      ...settingsOf(directory),
      ...unlimited,
      ...secrets,
      ...dependencies.env,
    };
    const { build } = project.commands;
    if (build) await runToEnd(build.split(' '), directory, {}, AbortSignal.timeout(buildMs));
    await runToEnd(project.migrateCommand, directory, env, AbortSignal.timeout(migrateMs));

    this.#service = database!.service;
    const proxy = await startProxy(new URL(this.#service.urlBehind(this.#service.port)), connections);
    this.#closing.unshift(() => proxy.stop());
    const link = await openFaultProxy({ host: '127.0.0.1', port: proxy.port, counter: () => () => 0 });
    this.#closing.unshift(() => link.close());
    this.faults = { database: link, cache: store!.proxy };
    const image = {
      directory,
      startCommand: project.startCommand,
      adapter,
      env: { ...env, DATABASE_URL: this.#service.urlBehind(link.port) },
    };
    while (this.#environments.length < count) this.#environments.push(await Environment.start(image));
    this.#gateway = new Gateway(this.#environments);
    await this.#gateway.listen();
    this.#closing.unshift(() => this.#gateway.close());
    const account = randomUUID();
    await this.#service.sql!.query(
      `insert into auth_accounts (id, email, password_hash, roles, created_at)
        values ($1, 'proof@example.com', 'none', 'admin', now())`,
      [account],
    );
    this.#token = new Tokens(secrets.JWT_PRIVATE_KEY!, project.name, project.name).issue('admin', account);
  }

  /** The address of the gateway. */
  get url(): string {
    return this.#gateway.url;
  }

  /** A token of a caller who may do everything. */
  get token(): string {
    return this.#token;
  }

  /** How many connections the database has. */
  async connections(): Promise<number> {
    const [row] = await this.#service.sql!.query(
      `select count(*)::int as count from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    return Number(row!.count);
  }

  /** Ends the first function with SIGTERM. @returns its exit code */
  endFirst(): Promise<number | null> {
    return this.#environments[0]!.end();
  }

  /** The last lines that functions have printed, without requests that succeeded. */
  lines(): string[] {
    return this.#environments
      .flatMap((environment) => environment.lines())
      .filter((line) => !/"status":[1-4]/.test(line))
      .slice(-40);
  }

  async close(): Promise<void> {
    await Promise.all(this.#environments.map((environment) => environment.stop()));
    for (const close of this.#closing) await close();
  }
}
