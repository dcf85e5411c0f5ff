import { until } from '../http/waiting.js';
import { freePort } from '../proxies/ports.js';
import { Started } from './process.js';

const startTimeout = 30_000;
const stopTimeout = 5000;

/** The load balancer of a project, before its instances. */
export class Front {
  private constructor(
    readonly url: string,
    private readonly process: Started,
  ) {}

  /**
   * Starts it and waits until it answers.
   * @param command for the shell; it gets the port to listen on as BALANCER_PORT, and the addresses of the instances,
   *   separated by spaces, as BALANCER_INSTANCES
   * @param health a path that the API answers with 2xx
   * @throws Error with what it printed when it ends or does not answer
   */
  static async start(
    command: string,
    directory: string,
    instances: readonly string[],
    health: string,
  ): Promise<Front> {
    const port = await freePort();
    const process = new Started(['sh', '-c', `exec ${command}`], directory, {
      BALANCER_PORT: String(port),
      BALANCER_INSTANCES: instances.map((url) => new URL(url).host).join(' '),
    });
    const url = `http://127.0.0.1:${port}`;
    const answers = () =>
      fetch(`${url}${health}`, { signal: AbortSignal.timeout(1000) }).then(
        ({ ok }) => ok,
        () => false,
      );
    if ((await until(async () => !process.running || (await answers()), startTimeout)) && process.running)
      return new Front(url, process);
    await process.stop(0);
    throw new Error(`${command} did not answer as a balancer:\n${process.lines().slice(-10).join('\n')}`);
  }

  stop(): Promise<void> {
    return this.process.stop(stopTimeout);
  }
}
