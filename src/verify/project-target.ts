import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../errors.js';
import type { Deviation } from './conformance.js';
import { Contract } from './contract.js';
import { Servers } from './dependencies.js';
import { OwnFleet } from './fleet.js';
import { type Project, readProject } from './manifest.js';
import { runToEnd } from './process.js';
import type { Need, Row } from './row.js';
import {
  asksForCredentials,
  type Callers,
  deprecates,
  noneClosed,
  noneDeprecated,
  Session,
} from './session.js';
import { newSecrets } from './settings.js';
import type { Target } from './target.js';
import { Tokens } from './tokens.js';
import { type Collector, openCollector } from './trace-collector.js';

/** A generated project: built, and started with dependencies of its own. */
export class ProjectTarget implements Target {
  #fleet: { key: string; fleet: OwnFleet; session: Session } | undefined;
  #contract: Contract | undefined;
  #fleets = 0;
  readonly #deviations: Deviation[] = [];
  readonly #secrets: Record<string, string>;
  readonly #callers: Callers & { real: boolean };

  private constructor(
    private readonly project: Project,
    private readonly scratch: string,
    private readonly servers: Servers,
    private readonly collector: Collector,
    private readonly stage: (text: string) => void,
    private readonly signal: AbortSignal,
  ) {
    this.#secrets = newSecrets(project.env);
    this.#callers = callersOf(project, this.#secrets);
  }

  /**
   * Builds the project and starts its servers and first instances.
   * @param build false takes what was built before
   * @throws UserError when there is no project, a server is missing, or a command of the project fails
   */
  static async open(
    directory: string,
    { build, stage, signal }: { build: boolean; stage: (text: string) => void; signal: AbortSignal },
  ): Promise<ProjectTarget> {
    const project = readProject(directory);
    const { build: command } = project.commands;
    if (build && command) {
      stage(`builds: ${command}`);
      await attempt('build', () => runToEnd(command.split(' '), project.directory, {}, signal));
    }
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'verify-'));
    // A server that root starts as another user needs a way to its data.
    fs.chmodSync(scratch, 0o755);
    const closing: (() => Promise<unknown>)[] = [
      () => fs.promises.rm(scratch, { recursive: true, force: true }),
    ];
    try {
      stage('starts the servers that the project needs');
      const servers = await Servers.start(project, scratch);
      closing.unshift(() => servers.close());
      const collector = await openCollector();
      closing.unshift(() => collector.close());
      const target = new ProjectTarget(project, scratch, servers, collector, stage, signal);
      closing.unshift(() => target.#closeFleet());
      await target.session(undefined);
      return target;
    } catch (error) {
      for (const close of closing) await close();
      throw error;
    }
  }

  get name(): string {
    return this.project.directory;
  }

  lacks(need: Need): string | undefined {
    const { fleet } = this.#fleet!;
    const reasons: Partial<Record<Need, string | false>> = {
      instances: this.project.instances < 2 && 'the project runs as one instance: its choices share nothing',
      accounts: !this.#callers.real && 'the API has no accounts: no auth was chosen',
      database: !fleet.hasDatabase && 'the database is no server: nothing can be put before it',
      dependency:
        !fleet.hasDatabase && !fleet.hasStore && 'it depends on no server: nothing can be put before one',
      store: !fleet.hasStore && 'there is no shared cache: it lives in the process',
      failover: !fleet.failover && 'the server of the shared cache was not started here: it is not demoted',
      deprecated: !deprecates(this.#contract!) && noneDeprecated,
      closed: !asksForCredentials(this.#contract!) && noneClosed,
      secured: !asksForCredentials(this.#contract!) && noneClosed,
      resource: this.#contract!.resources.length === 0 && 'the API has no collection that can be written',
    };
    return reasons[need] || undefined;
  }

  async session(settings: Row['settings']): Promise<Session> {
    const key = JSON.stringify(settings ?? {});
    if (this.#fleet?.key === key) return this.#fleet.session;
    await this.#closeFleet();
    this.signal.throwIfAborted();
    const count = Math.min(2, this.project.instances);
    const set = Object.entries(settings ?? {}).map(([name, value]) => `${name}=${value}`);
    this.stage(
      `starts ${count} instance${count > 1 ? 's' : ''}${set.length > 0 ? ` with ${set.join(' ')}` : ''}`,
    );
    this.#fleets += 1;
    const fleet = await attempt('start', () =>
      OwnFleet.start({
        project: this.project,
        servers: this.servers,
        secrets: this.#secrets,
        name: `verify_${process.pid}_${this.#fleets}`,
        count,
        settings: settings ?? {},
        collector: this.collector,
        signal: this.signal,
      }),
    );
    try {
      this.#contract ??= await contractOf(fleet.instances[0]!.url);
      const session = new Session(fleet.url, this.#contract, this.#callers, fleet, true, this.#deviations);
      this.#fleet = { key, fleet, session };
      return session;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  async restore(row: Row): Promise<void> {
    if (row.needs.includes('started')) await this.#fleet?.fleet.restore(this.#contract?.resources[0]?.path);
  }

  async close(): Promise<void> {
    this.stage('ends what it started');
    await this.#closeFleet();
    await this.collector.close();
    await this.servers.close();
    await fs.promises.rm(this.scratch, { recursive: true, force: true });
  }

  async #closeFleet(): Promise<void> {
    await this.#fleet?.fleet.close();
    this.#fleet = undefined;
  }
}

/** Callers that sign themselves in with the key that the instances were given. */
function callersOf(project: Project, secrets: Record<string, string>): Callers & { real: boolean } {
  const key = project.env.find(({ make }) => make === 'es256');
  if (!key) {
    const forge = () => {
      throw new Error('a row forges tokens without saying that it needs accounts');
    };
    return { real: false, authorization: () => ({}), forge };
  }
  const settingLike = (ending: string) =>
    String(project.env.find(({ name }) => name.endsWith(ending))?.default ?? project.name);
  const tokens = new Tokens(secrets[key.name]!, settingLike('_ISSUER'), settingLike('_AUDIENCE'));
  return {
    real: true,
    authorization: (role, subject) => ({ authorization: `Bearer ${tokens.issue(role, subject)}` }),
    forge: (token) => tokens.forge(token),
  };
}

/** The document that an instance serves. */
async function contractOf(url: string): Promise<Contract> {
  const place = `${url}/openapi.yaml`;
  try {
    return await Contract.at(place);
  } catch (error) {
    throw new UserError(
      [{ given: place, possible: `should be the OpenAPI document of the API: ${(error as Error).message}` }],
      1,
    );
  }
}

async function attempt<Value>(command: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || (error as Error).name === 'Cancelled') throw error;
    throw new UserError(
      [{ given: `the project's ${command} command`, possible: `failed:\n${(error as Error).message}` }],
      1,
    );
  }
}
