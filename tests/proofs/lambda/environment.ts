import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Started } from '../../../src/verify/cluster/process.js';
import { freePort } from '../../../src/verify/proxies/ports.js';

const startTimeoutMs = 30_000;
const invocations = '/2018-06-01/runtime/invocation/';

/** What an execution environment is started from. */
export interface Image {
  directory: string;
  startCommand: readonly string[];
  env: Record<string, string | undefined>;
  adapter: string;
}

/**
 * An execution environment of Lambda: the API and the adapter as processes, the Runtime API and the Extensions API that
 * the adapter speaks. It works on one event at a time, and whenever the adapter waits for the next both are stopped.
 */
export class Environment {
  frozen = false;
  #app!: Started;
  #adapter!: Started;
  #waiting: ServerResponse | undefined;
  #event: { id: string; answered: (result: { answer?: unknown; error?: unknown }) => void } | undefined;
  #idle: () => void = () => {};
  readonly #api = createServer((request, response) => void this.#serve(request, response));

  /** Starts both and resolves when the adapter asks for the first event. */
  static async start({ directory, startCommand, env, adapter }: Image): Promise<Environment> {
    const environment = new Environment();
    const port = String(await freePort());
    environment.#api.listen(0, '127.0.0.1');
    await once(environment.#api, 'listening');
    const api = `127.0.0.1:${(environment.#api.address() as AddressInfo).port}`;
    const lambda = {
      AWS_LAMBDA_RUNTIME_API: api,
      AWS_LAMBDA_FUNCTION_NAME: 'shop',
      AWS_LAMBDA_FUNCTION_VERSION: '1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/shop',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
      AWS_LWA_READINESS_CHECK_PATH: '/livez',
    };
    // All share one network here, so that each needs ports of its own.
    const ports = { PORT: port, AWS_LWA_PORT: port, MANAGEMENT_PORT: String(await freePort()) };
    const ready = new Promise<void>((resolve) => {
      environment.#idle = resolve;
    });
    environment.#app = new Started(startCommand, directory, { ...env, ...lambda, ...ports });
    environment.#adapter = new Started([adapter], directory, { ...env, ...lambda, ...ports });
    await Promise.race([ready, sleep(startTimeoutMs)]);
    if (!environment.frozen)
      throw new Error(`the function does not start:\n${environment.lines().slice(-20).join('\n')}`);
    return environment;
  }

  /** Continues both, hands the event over and returns what is answered. */
  async invoke(event: object): Promise<Record<string, unknown>> {
    const id = crypto.randomUUID();
    const result = new Promise<{ answer?: unknown; error?: unknown }>((resolve) => {
      this.#event = { id, answered: resolve };
    });
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    this.#thaw();
    this.#waiting!.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(Date.now() + 9000),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-central-1:123456789012:function:shop:live',
    });
    this.#waiting!.end(JSON.stringify(event));
    this.#waiting = undefined;
    const { answer, error } = await result;
    await idle;
    if (error) throw new Error(JSON.stringify(error));
    return answer as Record<string, unknown>;
  }

  /** What both have printed. */
  lines(): string[] {
    return [...this.#app.lines(), ...this.#adapter.lines()];
  }

  /** Ends the API as Lambda does when it is done with it. @returns its exit code */
  async end(): Promise<number | null> {
    this.#thaw();
    this.#app.signal('SIGTERM');
    return (await this.#app.ended()).code;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#adapter.stop(0), this.#app.stop(0)]);
    this.#api.close();
    this.#api.closeAllConnections();
  }

  #thaw(): void {
    for (const process of [this.#app, this.#adapter]) process.signal('SIGCONT');
    this.frozen = false;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '' } = request;
    if (url === '/2020-01-01/extension/register') {
      await text(request);
      response.setHeader('lambda-extension-identifier', crypto.randomUUID());
      response.end('{"functionName":"shop","functionVersion":"1","handler":""}');
    } else if (url === `${invocations}next`) {
      this.#waiting = response;
      for (const process of [this.#app, this.#adapter]) process.signal('SIGSTOP');
      this.frozen = true;
      this.#idle();
    } else if (url.startsWith(invocations)) {
      const body = JSON.parse(await text(request));
      response.writeHead(202).end('{}');
      this.#event!.answered(url.endsWith('/error') ? { error: body } : { answer: body });
    } else if (url !== '/2020-01-01/extension/event/next') {
      response.writeHead(404).end();
    }
  }
}
