import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { Health } from './health.js';
import { endToEnd, forwarded } from './hop-headers.js';
import { freePort } from './ports.js';
import { ReplayableBody } from './replayable-body.js';

/** Larger than any API accepts: the instance enforces its own limit. */
const maxHeaderSize = 256 * 1024;
const repeatable = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** A reverse proxy before instances. */
export interface Balancer {
  url: string;
  close(): Promise<void>;
}

/**
 * Shares requests out over instances in turn, as nginx and cloud load balancers do: only to those that are ready; to
 * another one when the connection could not be made, or broke before an answer to a request that may be repeated.
 * @param instances those there are now
 * @param healthPath says whether one of them wants requests
 */
export async function openBalancer(
  instances: () => { url: string }[],
  healthPath = '/readyz',
): Promise<Balancer> {
  const health = new Health(() => instances().map(({ url }) => url), healthPath);
  const agent = new http.Agent({ keepAlive: true });
  let turn = 0;
  const next = (tried: readonly string[]) => {
    const candidates = health.well().filter((url) => !tried.includes(url));
    turn += 1;
    return candidates[turn % candidates.length];
  };
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    new Forwarding(incoming, outgoing, { agent, next }).start();
  const server = http.createServer(
    // The instances enforce deadlines and sizes, and reject incomplete requests.
    {
      maxHeaderSize,
      requestTimeout: 0,
      headersTimeout: 0,
      keepAliveTimeout: 60_000,
      requireHostHeader: false,
    },
    handle,
  );
  server.on('checkContinue', handle).on('checkExpectation', handle);
  await health.check();
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port, host: '127.0.0.1' }, resolve);
  });
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      health.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

/** On responses of the balancer itself: no instance has answered. */
export const noInstanceHeader = 'verify-no-instance';

interface Way {
  agent: http.Agent;
  /** An instance that is ready and was not tried yet. */
  next(tried: readonly string[]): string | undefined;
}

/** One request on its way. */
class Forwarding {
  readonly #body: ReplayableBody;
  readonly #tried: string[] = [];
  #upstream: ClientRequest | undefined;

  constructor(
    private readonly incoming: IncomingMessage,
    private readonly outgoing: ServerResponse,
    private readonly way: Way,
  ) {
    this.#body = new ReplayableBody(incoming);
    outgoing.sendDate = false;
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) this.#upstream?.destroy();
    });
    for (const stream of [incoming, outgoing]) stream.on('error', () => {});
  }

  start(): void {
    const url = this.way.next(this.#tried);
    if (url === undefined) this.#fail();
    else this.#tryAt(url);
  }

  #tryAt(url: string): void {
    this.#tried.push(url);
    const { method = 'GET', url: path, rawHeaders, socket } = this.incoming;
    const { hostname, port } = new URL(url);
    const upstream = http.request({
      ...{ agent: this.way.agent, hostname, port, method, path, maxHeaderSize },
      headers: forwarded(method, rawHeaders, socket.remoteAddress ?? ''),
    });
    this.#upstream = upstream;
    let connected = false;
    let received = () => 0;
    upstream.on('socket', (to) => {
      const before = to.bytesRead;
      received = () => to.bytesRead - before;
      connected = !to.connecting;
      if (connected) return;
      to.once('connect', () => {
        connected = true;
      });
    });
    upstream.on('continue', () => this.outgoing.writeContinue());
    upstream.on('response', (response) => this.#answer(response));
    upstream.on('error', () => {
      if (this.outgoing.headersSent || this.outgoing.destroyed) return;
      const repeats = !connected || (repeatable.has(method) && received() === 0);
      if (repeats && this.#body.replayable) this.start();
      else this.#fail();
    });
    this.#body.sendTo(upstream);
  }

  #answer(response: IncomingMessage): void {
    const { statusCode = 502, statusMessage, rawHeaders } = response;
    this.outgoing.writeHead(
      statusCode,
      statusMessage,
      endToEnd(rawHeaders) as unknown as http.OutgoingHttpHeaders,
    );
    // The first bytes can be all for a long time.
    this.outgoing.flushHeaders();
    pipeline(response, this.outgoing, () => this.#body.discard());
  }

  #fail(): void {
    this.#body.discard();
    this.outgoing
      .writeHead(502, { 'content-type': 'text/plain', [noInstanceHeader]: 'true' })
      .end('no instance answered\n');
  }
}
