import { fileURLToPath } from 'node:url';
import { folderVariable } from '../described/placeholders.js';
import { environmentOf, settingsOf } from '../described/project.js';
import { usesPlaceholder } from '../described/read.js';
import type { Telemetry } from '../described/telemetry.js';
import type { ApiKey } from '../http/api-keys.js';
import { until } from '../http/waiting.js';
import { type Balancer, openBalancer } from '../proxies/balancer.js';
import { freePort } from '../proxies/ports.js';
import type { Sql } from '../services/service.js';
import { absencesTold } from './absences.js';
import type { Ending, Fleet, Process, SettingBounds, Span, StoredKey } from './api.js';
import type { Dependencies, Servers } from './dependencies.js';
import { Front } from './front.js';
import { type Environment, OwnInstance, type Ports, readinessPath } from './instance.js';
import { issuerSetting, OwnIssuer } from './issuer.js';
import { mailSettings, OwnMailbox } from './mail.js';
import { runToEnd, Started } from './process.js';
import type { Project } from './project.js';
import { settingsFor } from './settings.js';
import type { Collector } from './trace-collector.js';

const recoveryTimeout = 15_000;
/** So that another one is there when one ends. */
const workersStarted = 2;

/** Instances that verify has started, behind its balancer, before proxies to their dependencies. */
export class OwnFleet implements Fleet {
  readonly instances: OwnInstance[] = [];
  readonly #workers: OwnInstance[] = [];
  #workersStart: Promise<void> | undefined;
  #balancer: Balancer | undefined;
  #front: Front | undefined;

  private constructor(
    private readonly dependencies: Dependencies,
    readonly settings: Record<string, string>,
    private readonly collector: Collector,
    private readonly project: Project,
    private readonly secrets: Record<string, string>,
    private readonly given: Record<string, string>,
    readonly issuer: OwnIssuer | undefined,
    readonly mailbox: OwnMailbox | undefined,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Makes a database, migrates it and starts the instances.
   * @param name of the spaces on the servers
   * @param settings of the instances over the generous ones
   * @param balancer command of a load balancer, which is started as well
   * @throws Error with the output of a command when it fails
   */
  static async start(options: {
    project: Project;
    servers: Servers;
    secrets: Record<string, string>;
    env: Record<string, string>;
    name: string;
    count: number;
    settings: Record<string, string | number>;
    collector: Collector;
    balancer: string | undefined;
    signal: AbortSignal;
  }): Promise<OwnFleet> {
    const { project, servers, secrets, name, collector, signal } = options;
    const dependencies = await servers.open(project, name);
    const chosen = settingsFor(project.env, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      CACHE_PREFIX: name,
      ...options.settings,
    });
    const settings = project.described ? settingsOf(project.described, chosen) : chosen;
    const has = (setting: string) => project.env.some(({ name }) => name === setting);
    const issuer = has(issuerSetting) ? await OwnIssuer.open() : undefined;
    const mailbox = has(mailSettings.url) ? await OwnMailbox.open() : undefined;
    const fleet = new OwnFleet(
      dependencies,
      settings,
      collector,
      project,
      secrets,
      options.env,
      issuer,
      mailbox,
      signal,
    );
    const health = project.described?.health ?? readinessPath;
    try {
      if (project.migrateCommand.length > 0) await fleet.#migrate();
      await startAll(fleet.instances, options.count, () =>
        OwnInstance.start(project.startCommand, project.directory, (ports) => fleet.#environment(ports), {
          health,
          startup: project.described?.startup,
          launch: (env) => fleet.#launch(env),
          managed: !project.described || usesPlaceholder(project.described, 'managementPort'),
        }),
      );
      signal.throwIfAborted();
      fleet.#balancer = await openBalancer(() => fleet.instances, health);
      if (options.balancer)
        fleet.#front = await Front.start(
          options.balancer,
          project.directory,
          fleet.instances.map(({ url }) => url),
          project.described ? health : '/livez',
        );
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  async workers(): Promise<Process[]> {
    const command = present(this.project.workerCommand ?? undefined, 'workers');
    this.#workersStart ??= startAll(this.#workers, workersStarted, () =>
      OwnInstance.start(command, this.project.directory, (ports) => this.#environment(ports), {
        worker: true,
      }),
    );
    await this.#workersStart;
    return this.#workers;
  }

  get url(): string {
    return this.#balancer!.url;
  }

  get front() {
    return { url: this.#front?.url ?? this.instances[0]!.url, balancer: this.#front !== undefined };
  }

  get database() {
    return present(this.dependencies.database, 'database').proxy;
  }

  get store() {
    return present(this.dependencies.store, 'store').proxy;
  }

  get queue() {
    return present(this.dependencies.queue, 'queue').proxy;
  }

  emptyQueue(): Promise<void> {
    return present(this.dependencies.queue, 'queue').service.empty!();
  }

  get files(): string | undefined {
    const url = present(this.#environment().FILES_URL, 'files');
    return url.startsWith('file:') ? fileURLToPath(url) : undefined;
  }

  get freeze() {
    const { database, store } = this.dependencies;
    return {
      database: database?.server.freeze?.bind(database.server),
      store: store?.server.freeze?.bind(store.server),
    };
  }

  get thaw() {
    const { database, store } = this.dependencies;
    return {
      database: database?.server.thaw?.bind(database.server),
      store: store?.server.thaw?.bind(store.server),
    };
  }

  get failover() {
    const { store } = this.dependencies;
    if (!store?.server.demote) return undefined;
    return async () => {
      const successor = await store.server.demote!();
      store.proxy.lead(successor);
      return async () => {
        store.proxy.lead();
        await successor.undo();
      };
    };
  }

  get telemetry(): Telemetry {
    return this.project.described?.telemetry ?? { metrics: {}, fields: {} };
  }

  get required(): string[] {
    const { described, env } = this.project;
    return (
      described?.required ?? env.filter((variable) => variable.default === undefined).map(({ name }) => name)
    );
  }

  get bounds(): SettingBounds[] {
    return this.project.env.flatMap(({ name, min, max }) =>
      min === undefined || max === undefined ? [] : [{ name, min, max }],
    );
  }

  startWithout(setting: string, timeoutMs: number): Promise<Ending | undefined> {
    const unset = [setting, ...Object.keys(this.project.startEnvironment)];
    return this.#startOnce(Object.fromEntries(unset.map((name) => [name, undefined])), timeoutMs);
  }

  startWith(settings: Record<string, string>, timeoutMs: number): Promise<Ending | undefined> {
    return this.#startOnce(settings, timeoutMs);
  }

  /** Starts a process with changes to the environment, and stops it as soon as it serves. */
  async #startOnce(
    changes: Record<string, string | undefined>,
    timeoutMs: number,
  ): Promise<Ending | undefined> {
    const port = await freePort();
    const ports = { PORT: String(port), MANAGEMENT_PORT: String(await freePort()) };
    const started = this.#launch({ ...this.#environment(ports), ...changes });
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    await until(async () => !started.running || (await answers()) !== undefined, timeoutMs);
    const ended = !started.running;
    await started.stop(0);
    return ended ? { ...(await started.ended()), lines: started.lines() } : undefined;
  }

  get hasDatabase(): boolean {
    return this.dependencies.database !== undefined;
  }

  get hasStore(): boolean {
    return this.dependencies.store !== undefined;
  }

  /** The database, past the proxy. */
  get sql(): Sql {
    const { sql } = present(this.dependencies.database, 'database').service;
    // Tables of a project that was not generated can have other names.
    return this.project.described ? absencesTold(sql!) : sql!;
  }

  storedKeys(): Promise<StoredKey[]> {
    return present(this.dependencies.store, 'shared cache').service.keys!();
  }

  keyCommand = async (...args: string[]): Promise<ApiKey[]> => {
    const { keyCommand, directory } = this.project;
    const command = [...present(keyCommand, 'API keys'), ...args, '--json'];
    const lines = await runToEnd(command, directory, this.#environment(), this.signal);
    return JSON.parse(lines.at(-1)!);
  };

  spans(): Span[] {
    return this.collector.spans();
  }

  /** Whether a process has ended by itself. */
  get ended(): boolean {
    return [...this.instances, ...this.#workers].some((process) => process.crashed);
  }

  /** How processes have ended by themselves since they were started: each way once. */
  async crashes(): Promise<string[]> {
    const ends = await Promise.all([...this.instances, ...this.#workers].map((process) => process.crash()));
    return [...new Set(ends.filter((end) => end !== undefined))];
  }

  /**
   * Removes all faults, restarts stopped instances, and waits until every instance is ready.
   * @param read a path whose answer comes from the database; a breaker may be open longer than the fault has lasted
   * @throws Error when one does not recover
   */
  async restore(read: string | undefined): Promise<void> {
    this.dependencies.restore();
    this.issuer?.restore();
    this.mailbox?.restore();
    for (const process of [...this.instances, ...this.#workers]) {
      process.signal('SIGCONT');
      await process.restart();
    }
    for (const worker of this.#workers) await this.#expectReady(worker);
    for (const instance of this.instances) await this.#expectReady(instance, read);
  }

  async #expectReady(process: OwnInstance, read?: string): Promise<void> {
    if (!(await until(() => process.ready(read), recoveryTimeout)))
      throw new Error(`${process.url} did not recover in ${recoveryTimeout / 1000} s`);
  }

  async #migrate(): Promise<void> {
    const { containers, described, directory, migrateCommand } = this.project;
    const env = this.#environment();
    if (containers)
      await runToEnd(containers.command(env, this.#folder, described?.migrate), directory, {}, this.signal);
    else await runToEnd(migrateCommand, directory, env, this.signal);
  }

  #launch(env: Environment): Started {
    const { containers, described, directory, startCommand } = this.project;
    if (!containers) return new Started(startCommand, directory, env);
    return containers.start(env, this.#folder, described?.start ? `exec ${described.start}` : undefined);
  }

  /** The folder of the instances, for databases that are files. */
  get #folder(): string | undefined {
    const url = this.dependencies.env[folderVariable];
    return url === undefined ? undefined : fileURLToPath(url);
  }

  /** The environment of a process. @param ports those of an instance or a worker */
  #environment(ports?: Ports): Environment {
    const { described } = this.project;
    const env = described ? environmentOf(described, { ...this.values, ...ports }) : this.values;
    return { ...env, ...this.given, ...(described ? {} : ports) };
  }

  /** Variables of every process, under the names of generated projects. */
  get values(): Environment {
    // The developer's own settings must not reach these instances.
    const unset = Object.fromEntries(this.project.env.map(({ name }) => [name, undefined]));
    return {
      ...unset,
      ...this.project.startEnvironment,
      ...this.settings,
      ...this.secrets,
      ...this.dependencies.env,
      ...(this.issuer && { [issuerSetting]: this.issuer.url }),
      ...(this.mailbox && {
        [mailSettings.url]: this.mailbox.url,
        [mailSettings.from]: 'verify@example.com',
      }),
    };
  }

  async close(): Promise<void> {
    await this.#balancer?.close();
    await this.#front?.stop();
    await this.#workersStart?.catch(() => {});
    await Promise.all([...this.instances, ...this.#workers].map((process) => process.stop()));
    this.issuer?.close();
    this.mailbox?.close();
    await this.dependencies.close();
  }
}

/** @throws Error of the first that does not start; the others are in the list */
async function startAll(
  list: OwnInstance[],
  count: number,
  start: () => Promise<OwnInstance>,
): Promise<void> {
  const started = await Promise.allSettled(Array.from({ length: count }, start));
  for (const result of started) if (result.status === 'fulfilled') list.push(result.value);
  for (const result of started) if (result.status === 'rejected') throw result.reason;
}

function present<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`a row uses the ${what} without declaring the need`);
  return value;
}
