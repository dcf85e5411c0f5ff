import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from './deployment.js';

const requested = 6;
const endsWithinMs = 180_000;
/** How long the queue stands still; longer than the relay waits for it. */
const pausedMs = 4000;

interface Job {
  id: string;
  status: string;
  error: string | null;
  result: { href: string; bytes: number } | null;
}

/** Exports of a deployment, which its workers make whatever happens to them and to the queue. */
export class Exports {
  /**
   * @param collection path of what is exported
   * @param authorization of the one who asks
   */
  constructor(
    private readonly deployment: Deployment,
    private readonly collection: string,
    private readonly authorization: string,
  ) {}

  /** Asks for exports, lets something happen to the deployment, and waits for them. @throws Error unless all succeed */
  async during(disturb: () => Promise<void>): Promise<void> {
    const jobs: Job[] = [];
    for (let sent = 0; sent < requested; sent += 1) jobs.push(await this.#start());
    await disturb();
    for (const { id } of jobs) await this.#expectResult(await this.#ended(id));
  }

  /** Ends a worker without a warning. */
  async killWorker(): Promise<void> {
    const [worker] = await this.deployment.containers('worker');
    process.kill(await this.deployment.pid(worker!), 'SIGKILL');
    await sleep(3000);
    await this.deployment.healthy(worker!);
  }

  /** Restarts all workers as a rollout does. @throws Error unless each ends well */
  async restartWorkers(): Promise<void> {
    for (const worker of await this.deployment.containers('worker')) {
      const grace = await this.deployment.inspect(worker, '{{.Config.StopTimeout}}');
      await this.deployment.docker('stop', '--time', grace, worker);
      const exitCode = await this.deployment.inspect(worker, '{{.State.ExitCode}}');
      if (exitCode !== '0') throw new Error(`${worker} ended with ${exitCode} after SIGTERM`);
      await this.deployment.docker('start', worker);
      await this.deployment.healthy(worker);
    }
  }

  /** Has the queue stand still while exports are asked for. */
  async whileQueueHangs(): Promise<void> {
    const [queue] = await this.deployment.containers('queue');
    await this.deployment.docker('pause', queue!);
    try {
      await this.during(async () => {
        await sleep(pausedMs);
        await this.deployment.docker('unpause', queue!);
      });
    } finally {
      await this.deployment.docker('unpause', queue!).catch(() => {});
    }
  }

  async #start(): Promise<Job> {
    const response = await this.#ask(`${this.collection}/exports`, { method: 'POST', body: '{}' });
    if (response.status !== 202) throw new Error(`an export is answered by ${response.status}`);
    return response.json() as Promise<Job>;
  }

  async #ended(id: string): Promise<Job> {
    const end = Date.now() + endsWithinMs;
    for (;;) {
      const job = (await (await this.#ask(`/v1/jobs/${id}`)).json()) as Job;
      if (!['queued', 'running'].includes(job.status)) return job;
      if (Date.now() > end) throw new Error(`a job is not over: ${JSON.stringify(job)}`);
      await sleep(500);
    }
  }

  /** From the instance that the balancer picks, which has not made the file. */
  async #expectResult({ id, status, error, result }: Job): Promise<void> {
    if (status !== 'succeeded') throw new Error(`the job ${id} has ${status}: ${error}`);
    const response = await this.#ask(result!.href);
    const { byteLength } = await response.arrayBuffer();
    if (response.status !== 200 || byteLength !== result!.bytes || byteLength === 0)
      throw new Error(`the result of ${id} is ${byteLength} of ${result!.bytes} bytes (${response.status})`);
  }

  #ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: this.authorization, 'content-type': 'application/json' };
    return fetch(`${this.deployment.url}${path}`, { ...init, headers });
  }
}
