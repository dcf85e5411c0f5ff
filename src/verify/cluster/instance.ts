import { pause, until } from '../http/waiting.js';
import { freePort } from '../proxies/ports.js';
import type { Instance } from './api.js';
import { Started } from './process.js';

/** For a start, unless the project says how long it takes. */
const startTimeoutMs = 180_000;
/** A path that is not there for so long, while others may answer, is none. */
const absentMs = 30_000;
const notThere = 'status 404';
const stopTimeout = 12_000;
const attempts = 3;
/** Where a generated project says whether it wants traffic. */
export const readinessPath = '/readyz';
const portTaken = /EADDRINUSE|address already in use/i;
const endings = new Set<NodeJS.Signals>(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL']);

/** The ports of a process, as variables. */
export interface Ports {
  PORT: string;
  MANAGEMENT_PORT: string;
}

interface StartOptions {
  worker?: boolean;
  /** A path that says whether it wants traffic. */
  health?: string;
  /** Whether metrics have a port of their own. */
  managed?: boolean;
  /** How long a start may take, and a path that is asked before `health` and answers 2xx after it. */
  startup?: { seconds?: number; path?: string } | undefined;
  /** Starts a process with that environment; default: the command. */
  launch?: ((env: Environment) => Started) | undefined;
}

/** Of a process; undefined takes a variable of this one away. */
export type Environment = Record<string, string | undefined>;

/** An instance of the API, or a worker, as a separate process. */
export class OwnInstance implements Instance {
  /** Where probes ask: a worker has its management port alone. */
  url = '';
  managementUrl = '';
  #env: Environment = {};
  #process!: Started;
  #earlier: string[] = [];
  #ending = false;
  #over = false;

  private constructor(
    private readonly command: readonly string[],
    private readonly health: string,
    private readonly startup: { seconds?: number; path?: string },
    private readonly launch: (env: Environment) => Started,
  ) {}

  /**
   * Starts it on free ports and waits until it wants traffic.
   * @param env the environment of a process that listens on those ports
   * @param options of a worker, or with another path that says whether it wants traffic
   * @throws Error with its output when it ends or does not become ready
   */
  static async start(
    command: readonly string[],
    directory: string,
    env: (ports: Ports) => Environment,
    { worker = false, health = readinessPath, managed = true, startup = {}, launch }: StartOptions = {},
  ): Promise<OwnInstance> {
    const instance = new OwnInstance(
      command,
      health,
      startup,
      launch ?? ((environment) => new Started(command, directory, environment)),
    );
    for (let attempt = 1; ; attempt += 1) {
      const [port, management] = [await freePort(), await freePort()];
      instance.#env = env({ PORT: String(port), MANAGEMENT_PORT: String(management) });
      instance.managementUrl = `http://127.0.0.1:${managed ? management : port}`;
      instance.url = worker ? instance.managementUrl : `http://127.0.0.1:${port}`;
      try {
        await instance.#launch();
        return instance;
      } catch (error) {
        // Between being found and being used, a port can be taken by another process.
        if (attempt === attempts || !portTaken.test(String(error))) throw error;
      }
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.running;
  }

  get crashed(): boolean {
    return !this.running && !this.#ending && !this.#over;
  }

  /** How it has ended by itself, with its last lines of output; undefined while it runs, and after a stop by `verify`. */
  async crash(): Promise<string | undefined> {
    return this.crashed ? this.#process.ending() : undefined;
  }

  lines(): string[] {
    return [...this.#earlier, ...this.#process.lines()];
  }

  signal(name: NodeJS.Signals): void {
    this.#ending ||= endings.has(name);
    this.#process.signal(name);
  }

  ended() {
    return this.#process.ended();
  }

  async restart(): Promise<void> {
    if (this.running && !this.#ending) return;
    // One that is still shutting down would end a moment later.
    await this.#process.stop(stopTimeout);
    this.#earlier = this.lines();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#launch();
      } catch (error) {
        // While it was away, another process can have looked whether its port is free.
        if (attempt === attempts || !portTaken.test(String(error))) throw error;
        await pause(1000);
      }
    }
  }

  /** Ends it for good: a row that is still running cannot start it again. */
  stop(): Promise<void> {
    this.#over = true;
    return this.#process.stop(stopTimeout);
  }

  async #launch(): Promise<void> {
    if (this.#over) throw new Error('the instance was ended for good');
    const started = this.launch(this.#env);
    this.#process = started;
    this.#ending = false;
    const { seconds: most, path } = this.startup;
    const timeoutMs = most === undefined ? startTimeoutMs : most * 1000;
    /** Those that still have to answer, in this order. */
    const missing = path === undefined ? [this.health] : [path, this.health];
    const begun = performance.now();
    /** Since when the path is not there, and what it answers. */
    let absentSince = begun;
    let last: string | undefined;
    const ready = await until(async () => {
      if (this.#over || !started.running) return true;
      while (missing.length > 0) {
        last = await this.#unwell(missing[0]!);
        if (last !== undefined) break;
        missing.shift();
      }
      if (last !== notThere) absentSince = performance.now();
      return missing.length === 0 || (most === undefined && performance.now() - absentSince > absentMs);
    }, timeoutMs);
    if (ready && missing.length === 0 && started.running && !this.#over) return started.settled();
    const ended = !started.running;
    await started.stop(0);
    const seconds = Math.round((performance.now() - begun) / 1000);
    throw new Error(
      `${this.command.join(' ')} ${ended ? 'ended' : `was not ready in ${seconds} s: ${missing[0]} answered ${last ?? 'nothing'}, no 2xx`}:\n${started.lines().slice(-10).join('\n')}`,
    );
  }

  /**
   * Whether it wants traffic, and all that it depends on answers.
   * @param read a path that it must be able to answer, too
   */
  async ready(read?: string): Promise<boolean> {
    if (!(await this.#answersWell(this.health))) return false;
    if (read === undefined) return true;
    const answer = await this.#ask(read).catch(() => undefined);
    return answer !== undefined && answer.status < 500;
  }

  async #answersWell(path: string): Promise<boolean> {
    return (await this.#unwell(path)) === undefined;
  }

  /** What is wrong with the answer of a path; undefined when it is well. */
  async #unwell(path: string): Promise<string | undefined> {
    try {
      const response = await this.#ask(path);
      const degraded = /"degraded"/.test(await response.text());
      if (!response.ok) return `status ${response.status}`;
      return degraded ? '"degraded"' : undefined;
    } catch {
      return 'nothing';
    }
  }

  #ask(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(5000) });
  }
}
