import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../cli/errors.js';
import { attempt } from './attempt.js';
import type { Need, Row, Tier } from './checks/row.js';
import { signsIn } from './checks/shared/accounts.js';
import { Containers } from './cluster/container.js';
import type { OwnFleet } from './cluster/fleet.js';
import { runToEnd } from './cluster/process.js';
import { type Project, readProject } from './cluster/project.js';
import { newSecrets } from './cluster/settings.js';
import { openCollector } from './cluster/trace-collector.js';
import type { Deviation } from './contract/conformance.js';
import { Contract } from './contract/contract.js';
import { undescribed } from './contract/described.js';
import { readNaming, verifyFile } from './contract/names.js';
import { telemetryNames } from './described/telemetry.js';
import * as described from './described.js';
import { KeyPool } from './http/api-keys.js';
import { Tokens } from './http/tokens.js';
import { ProjectStation, type Surroundings } from './project-station.js';
import {
  asksForCredentials,
  type Callers,
  deprecates,
  noneClosed,
  noneDeprecated,
  Session,
} from './session.js';
import type { Target } from './target.js';

/** More than two processors can work on: rows wait most of the time. */
const stations = 3;

/** A generated project, built and started with separate dependencies. */
export class ProjectTarget implements Target {
  readonly stations = stations;
  readonly #stations: Promise<ProjectStation>[] = [];
  readonly #deviations: Deviation[] = [];
  #first!: ProjectStation;
  #contract: Contract | undefined;
  #namesChecks = true;

  private constructor(private readonly shared: Omit<Surroundings, 'sessionOf'>) {}

  /**
   * Builds the project and starts its servers and first instances.
   * @param build false uses the existing build
   * @param balancer command of a load balancer to start before the instances
   * @param env environment variables of the instances, which override the others
   * @throws UserError when there is no project, a server is missing, or a command of the project fails
   */
  static async open(
    directory: string,
    {
      build,
      balancer,
      env = {},
      stage,
      signal,
    }: {
      build: boolean;
      balancer?: string | undefined;
      env?: Record<string, string>;
      stage: (text: string) => void;
      signal: AbortSignal;
    },
  ): Promise<ProjectTarget> {
    const project = readProject(directory);
    const { build: command } = project.commands;
    if (build && command) {
      stage(`builds: ${command}`);
      await attempt('build', () =>
        runToEnd(
          project.described ? ['sh', '-c', command] : command.split(' '),
          project.directory,
          {},
          signal,
        ),
      );
    }
    const image = project.described?.image;
    if (image !== undefined)
      project.containers = await attempt('image', () => Containers.open(image, stage, signal));
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'verify-'));
    // A server that root starts as another user needs a way to its data.
    fs.chmodSync(scratch, 0o755);
    const secrets = newSecrets(project.env);
    const collector = await openCollector();
    const target = new ProjectTarget({ project, secrets, scratch, collector, balancer, env, signal, stage });
    try {
      stage('starts the servers that the project needs');
      target.#first = await target.station(0);
      await target.session(undefined);
      if (project.described)
        target.#namesChecks = await described.namesChecks(
          project.described,
          target.#first.fleet!.instances[0]!.url,
        );
      return target;
    } catch (error) {
      await target.close();
      throw error;
    }
  }

  get name(): string {
    return this.shared.project.directory;
  }

  get document(): string | undefined {
    const { described: description } = this.shared.project;
    return description ? described.documentOf(this.name, description) : path.join(this.name, 'openapi.yaml');
  }

  lacks(need: Need): string | undefined {
    const { described: description } = this.shared.project;
    const told = description && described.lackOf(need, description, this.#contract!, this.#namesChecks);
    if (told) return told;
    const fleet = this.#first.fleet!;
    const { project } = this.shared;
    const signsTokens = fleet.issuer !== undefined || signingKeyOf(project) !== undefined;
    const reasons: Partial<Record<Need, string | false>> = {
      url: 'it is for an API at a URL',
      outside: !this.foreign && 'it is for an API at a URL, or that was not generated',
      https: 'it is for an API at a URL',
      instances: project.instances < 2 && 'the project runs as one instance: its choices share nothing',
      accounts:
        !description && !signsTokens && !hasKeys(project) && 'the API has no accounts: no auth was chosen',
      signIn: !signsIn(this.#contract!) && 'the API has no accounts that sign in with a password',
      tokens: !signsTokens && 'callers have no signed tokens',
      issuer: !fleet.issuer && 'access tokens come from no issuer beside the API',
      keys: !hasKeys(project) && 'callers have no API keys',
      database: !fleet.hasDatabase && 'the database is no server: nothing can be put before it',
      dependency:
        !fleet.hasDatabase && !fleet.hasStore && 'it depends on no server: nothing can be put before one',
      store: !fleet.hasStore && 'there is no shared cache: it lives in the process',
      failover: !fleet.failover && 'the server of the shared cache was not started here: it is not demoted',
      jobs: !this.shared.project.workerCommand?.length && 'it has no background jobs: no queue was chosen',
      deprecated: !deprecates(this.#contract!) && noneDeprecated,
      closed: !asksForCredentials(this.#contract!) && noneClosed,
      secured: !asksForCredentials(this.#contract!) && noneClosed,
      resource: this.#contract!.resources.length === 0 && 'the API has no collection that can be written',
    };
    return reasons[need] || undescribed(this.#contract!, need);
  }

  get foreign(): boolean {
    return this.#contract?.isOwn === false;
  }

  /** Names of a project that was not generated: a generated one has those of the contract. */
  get mapped(): string[] {
    if (!this.foreign) return [];
    const { described: description } = this.shared.project;
    return [...this.#contract!.mapped, ...(description ? telemetryNames(description.telemetry) : [])];
  }

  lacksSettings(row: Row): string | undefined {
    const { described: description } = this.shared.project;
    return description && described.settingLackOf(row, description);
  }

  leaves(tier: Tier): boolean {
    const { project, balancer } = this.shared;
    // Projects that were made before there were tiers leave nothing.
    return balancer === undefined && (project.leftToBalancer ?? []).includes(tier);
  }

  station(place: number): Promise<ProjectStation> {
    const sessionOf = (fleet: OwnFleet) => this.#sessionOf(fleet);
    this.#stations[place] ??= ProjectStation.open({ ...this.shared, sessionOf });
    return this.#stations[place];
  }

  /** Instances of the first station. */
  session(settings: Row['settings']): Promise<Session> {
    return this.#first.session(settings);
  }

  async close(): Promise<void> {
    this.shared.stage('stops its instances and services');
    const opened = await Promise.allSettled(this.#stations);
    await Promise.all(opened.map((end) => end.status === 'fulfilled' && end.value.close()));
    await this.shared.collector.close();
    await fs.promises.rm(this.shared.scratch, { recursive: true, force: true });
  }

  async #sessionOf(fleet: OwnFleet): Promise<Session> {
    const { project, secrets } = this.shared;
    const { url } = fleet.instances[0]!;
    const { described: description } = project;
    if (description) {
      this.#contract ??= await described.contractOf(project.directory, description, url);
      const callers = await described.callersOf(description, url, fleet.values);
      const places = described.placesOf(description);
      return new Session(fleet.url, this.#contract, callers, fleet, true, this.#deviations, places);
    }
    this.#contract ??= await contractOf(url, this.name);
    const callers = await callersOf(project, secrets, fleet, this.#contract);
    return new Session(fleet.url, this.#contract, callers, fleet, true, this.#deviations);
  }
}

/** Whether a command of the project makes API keys; the command of other projects is empty. */
function hasKeys({ keyCommand = [] }: Project): boolean {
  return keyCommand.length > 0;
}

/** The setting with the key that signs tokens. */
function signingKeyOf(project: Project) {
  return project.env.find(({ make }) => make === 'es256');
}

/**
 * Callers that sign themselves in with the key of the issuer or the one that the instances were given, or have API keys of
 * these instances.
 */
async function callersOf(
  project: Project,
  secrets: Record<string, string>,
  fleet: OwnFleet,
  contract: Contract,
): Promise<Callers> {
  const settingLike = (ending: string) =>
    String(project.env.find(({ name }) => name.endsWith(ending))?.default ?? project.name);
  const { issuer } = fleet;
  const audience = settingLike('_AUDIENCE');
  if (issuer) return callersWithTokens(() => new Tokens(issuer.key, issuer.url, audience));
  const key = signingKeyOf(project);
  if (key) {
    const tokens = new Tokens(secrets[key.name]!, settingLike('_ISSUER'), audience);
    return callersWithTokens(() => tokens);
  }
  const forge = () => {
    throw new Error('a row forges tokens without saying that it needs tokens');
  };
  if (!hasKeys(project)) return { signsTokens: false, authorization: () => ({}), forge };
  const pool = await KeyPool.make(fleet.keyCommand, contract.hasTenants);
  return {
    signsTokens: false,
    authorization: (role, subject, tenant) => ({
      authorization: `Bearer ${pool.keyOf(role, subject, tenant)}`,
    }),
    // Nothing can be told in a key: it is a good one of a caller who may do everything.
    forge: ({ header, secret }) => (header || secret ? forge() : pool.keyOf('admin', 'forged')),
  };
}

/** @param tokens signs with the key of the moment */
function callersWithTokens(tokens: () => Tokens): Callers {
  return {
    signsTokens: true,
    authorization: (role, subject, tenant) => ({
      authorization: `Bearer ${tokens().issue(role, subject, tenant)}`,
    }),
    forge: (token) => tokens().forge(token),
  };
}

/** The document that an instance serves. @param directory of the project, which may have names and values */
async function contractOf(url: string, directory: string): Promise<Contract> {
  const place = `${url}/openapi.yaml`;
  try {
    return await Contract.at(place, undefined, readNaming(path.join(directory, verifyFile)));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      [{ given: place, possible: `should be the OpenAPI document of the API: ${(error as Error).message}` }],
      1,
    );
  }
}
