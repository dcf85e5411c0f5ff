import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request that was not answered as it should have been. */
export interface Failure {
  method: string;
  /** When it was sent and when it ended, in milliseconds of `performance.now()`. */
  sent: number;
  ended: number;
  reason: string;
}

/** The same few requests all the time: reads of a list and of an item, and a new item every fifth time. */
export class Traffic {
  readonly #failures: Failure[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  readonly #ending = new AbortController();
  #items: string[] = [];
  #count = 0;
  #running: Promise<void>;

  /**
   * @param url of the API, without a slash at the end
   * @param authorization of the one who writes
   * @param body of a new item; the field that must be unique is filled in
   * @param rate requests per second, whether those before have been answered or not
   */
  constructor(
    private readonly url: string,
    private readonly authorization: string,
    private readonly body: (unique: string) => object,
    rate: number,
  ) {
    this.#running = this.#run(1000 / rate);
  }

  get count(): number {
    return this.#count;
  }

  /** What has failed since the last call. */
  take(): Failure[] {
    return this.#failures.splice(0);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await Promise.all(this.#inFlight);
  }

  async #run(everyMs: number): Promise<void> {
    const start = performance.now();
    for (let sent = 0; !this.#ending.signal.aborted; sent += 1) {
      const request = this.#next(sent).finally(() => this.#inFlight.delete(request));
      this.#inFlight.add(request);
      await sleep(Math.max(0, start + sent * everyMs - performance.now()));
    }
  }

  #next(number: number): Promise<void> {
    const item = this.#items[number % this.#items.length];
    if (number % 5 === 0 || item === undefined)
      return this.#ask('POST', '', 201, { 'idempotency-key': randomUUID() });
    return number % 2 === 0 ? this.#ask('GET', '?limit=10', 200) : this.#ask('GET', `/${item}`, 200);
  }

  async #ask(method: string, path: string, expected: number, headers: Record<string, string> = {}) {
    const sent = performance.now();
    const fail = (reason: string) =>
      this.#failures.push({ method, sent, ended: performance.now(), reason: reason.slice(0, 300) });
    this.#count += 1;
    try {
      const answer = await fetch(`${this.url}/v1/products${path}`, {
        method,
        headers: { authorization: this.authorization, 'content-type': 'application/json', ...headers },
        body: method === 'POST' ? JSON.stringify(this.body(randomUUID())) : null,
        signal: AbortSignal.timeout(15_000),
      });
      const text = await answer.text();
      if (answer.status !== expected) fail(`${answer.status} ${text}`);
      else if (method === 'POST' && this.#items.length < 50) this.#items.push(JSON.parse(text).id);
    } catch (error) {
      const { message, cause } = error as Error & { cause?: Error };
      fail(cause?.message ?? message);
    }
  }
}
