import http from 'node:http';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Answered, Asked, Report, Work } from './messages.js';

/** Why a test ended early. */
export class Failure extends Error {
  /** @param aborted by the script itself */
  constructor(
    reason: string,
    readonly aborted: boolean,
  ) {
    super(reason);
  }
}

/** The virtual users of a test, which all of its scenarios share. */
export class Users {
  failure: Failure | undefined;
  measure: (metric: string, value: number, scenario: string | undefined) => void = () => {};
  readonly agent = new http.Agent({ keepAlive: true });
  readonly #all: User[] = [];
  readonly #free: User[] = [];
  readonly #busy = new Set<Promise<void>>();

  /** @param program of a virtual user */
  constructor(private readonly program: string) {}

  /** Has as many users ready as are wanted. */
  async allocate(count: number): Promise<void> {
    while (this.#all.length < count) this.#free.push(await this.#another());
  }

  /** Has a free user do an iteration, or a new one while there are fewer than the most. */
  iterate(scenario: string, data: unknown, most: number): void {
    const user = this.#free.pop();
    if (!user && this.#all.length >= most) {
      this.measure('dropped_iterations', 1, scenario);
      return;
    }
    const work = this.#iterate(user, scenario, data);
    this.#busy.add(work);
    work.finally(() => this.#busy.delete(work));
  }

  /** Runs a function of the script outside of all scenarios. @throws Failure where the script fails or ends the test */
  async once(work: Work, data?: unknown): Promise<unknown> {
    await this.allocate(1);
    this.#all[0]!.scenario = undefined;
    return this.#all[0]!.work(work, data);
  }

  async idle(): Promise<void> {
    await Promise.all(this.#busy);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((user) => user.close()));
    this.agent.destroy();
  }

  async #iterate(free: User | undefined, scenario: string, data: unknown): Promise<void> {
    const user = free ?? (await this.#another());
    user.scenario = scenario;
    // A failure ends the test: see `failure`.
    await user.work('default', data).catch(() => {});
    this.#free.push(user);
  }

  async #another(): Promise<User> {
    const user = new User(this.program, this);
    this.#all.push(user);
    // Then its modules are there.
    await user.work('options');
    return user;
  }
}

/** A virtual user: modules of its own, in a thread of its own. */
class User {
  scenario: string | undefined;
  readonly #worker: Worker;
  readonly #answers: MessagePort;
  readonly #arrived = new Int32Array(new SharedArrayBuffer(4));
  #done: { resolve(result: unknown): void; reject(error: Failure): void } | undefined;

  constructor(
    program: string,
    private readonly users: Users,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#answers = port1;
    const workerData = { answers: port2, arrived: this.#arrived };
    this.#worker = new Worker(program, { workerData, transferList: [port2] });
    this.#worker.on('message', (report: Report) => this.#hear(report));
    // The script fails before any of its functions is called.
    this.#worker.on('error', (error: Error) => this.#fail(new Failure(String(error.stack), false)));
  }

  /** @throws Failure where the script fails or ends the test */
  work(work: Work, data?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#done = { resolve, reject };
      if (this.users.failure) reject(this.users.failure);
      else this.#worker.postMessage({ work, data });
    });
  }

  async close(): Promise<void> {
    this.#answers.close();
    await this.#worker.terminate();
  }

  #hear(report: Report): void {
    if (report.kind === 'check') this.users.measure('checks', Number(report.passed), this.scenario);
    else if (report.kind === 'request') void this.#answer(report.asked);
    else if (report.kind === 'done') this.#done?.resolve(report.result);
    else this.#fail(new Failure(report.reason, report.kind === 'abort'));
  }

  #fail(failure: Failure): void {
    this.users.failure ??= failure;
    this.#done?.reject(failure);
  }

  async #answer(asked: Asked): Promise<void> {
    const start = performance.now();
    const answered = await send(asked, this.users.agent);
    this.users.measure('http_reqs', 1, this.scenario);
    this.users.measure('http_req_duration', performance.now() - start, this.scenario);
    const failed = !asked.expected.includes(answered.status);
    this.users.measure('http_req_failed', Number(failed), this.scenario);
    this.#answers.postMessage(answered);
    Atomics.store(this.#arrived, 0, 1);
    Atomics.notify(this.#arrived, 0);
  }
}

function send({ method, url, body, headers, timeoutMs }: Asked, agent: http.Agent): Promise<Answered> {
  return new Promise((resolve) => {
    const fails = (error: Error) => resolve({ status: 0, headers: {}, body: null, error: error.message });
    const signal = AbortSignal.timeout(timeoutMs);
    const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = http.request(url, { method, agent, signal, headers: { ...headers, ...length } });
    request.on('error', fails);
    request.on('response', async (response) => {
      try {
        const parts = await response.toArray();
        resolve({
          status: response.statusCode!,
          headers: canonical(response.headers),
          body: Buffer.concat(parts).toString(),
          error: '',
        });
      } catch (error) {
        fails(error as Error);
      }
    });
    request.end(body ?? undefined);
  });
}

/** Names of headers as Go writes them: `Retry-After`. */
function canonical(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase()),
      String(value),
    ]),
  );
}
