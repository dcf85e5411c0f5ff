import { pause, until } from '../http/waiting.js';
import { freePort } from '../proxies/ports.js';
import type { Instance } from './api.js';
import { Started } from './process.js';

const startTimeout = 180_000;
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
    private readonly directory: string,
    private readonly health: string,
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
    { worker = false, health = readinessPath, managed = true } = {},
  ): Promise<OwnInstance> {
    const instance = new OwnInstance(command, directory, health);
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
    const started = new Started(this.command, this.directory, this.#env);
    this.#process = started;
    this.#ending = false;
    const ready = await until(
      async () => this.#over || !started.running || (await this.ready()),
      startTimeout,
    );
    if (ready && started.running && !this.#over) return;
    await started.stop(0);
    throw new Error(
      `${this.command.join(' ')} ${ready ? 'ended' : `was not ready in time: ${this.health} did not answer 2xx`}:\n${started.lines().slice(-10).join('\n')}`,
    );
  }

  /**
   * Whether it wants traffic, and all that it depends on answers.
   * @param read a path that it must be able to answer, too
   */
  async ready(read?: string): Promise<boolean> {
    const ask = (path: string) => fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(5000) });
    try {
      const response = await ask(this.health);
      if (!response.ok || /"degraded"/.test(await response.text())) return false;
      return read === undefined || (await ask(read)).status < 500;
    } catch {
      return false;
    }
  }
}
