import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { CommandCounter, Fault, FaultProxy } from './faults.js';
import { freePort } from './ports.js';
import { ProxiedConnection } from './proxied-connection.js';

/** A server behind a proxy. */
export interface Target {
  host: string;
  port: number;
  /** Makes the counter of a connection. */
  counter: () => CommandCounter;
}

/** Opens a proxy on a free port of 127.0.0.1. It passes everything until told otherwise. */
export async function openFaultProxy(target: Target): Promise<FaultProxy> {
  const proxy = new TcpProxy(target, await freePort());
  await proxy.listening();
  return proxy;
}

const relistenMs = 20;

class TcpProxy implements FaultProxy {
  readonly #server: Server;
  readonly #connections = new Set<ProxiedConnection>();
  #fault: Fault = { kind: 'pass' };
  #open = 0;
  #peak = 0;
  #commands = 0;
  #closed = false;
  #binding = false;
  #relisten: NodeJS.Timeout | undefined;

  constructor(
    private readonly target: Target,
    readonly port: number,
  ) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    // The port can be taken for a moment: by a connection that tried to reach it from the same port.
    this.#server.on('error', () => {
      this.#binding = false;
      this.#relisten = setTimeout(() => this.#listen(), relistenMs).unref();
    });
    this.#server.on('listening', () => {
      this.#binding = false;
      if (this.#refuses) this.#server.close();
    });
    this.#server.unref();
    this.#listen();
  }

  get connections(): number {
    return this.#open;
  }

  get peakConnections(): number {
    return this.#peak;
  }

  get commands(): number {
    return this.#commands;
  }

  async listening(): Promise<void> {
    if (!this.#server.listening) await once(this.#server, 'listening');
  }

  set(fault: Fault): void {
    this.#fault = fault;
    if (fault.kind === 'refuse') this.#server.close();
    else this.#listen();
    for (const connection of this.#connections) connection.follow(fault);
  }

  resetCounts(): void {
    this.#peak = this.#open;
    this.#commands = 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#relisten);
    for (const connection of this.#connections) connection.follow({ kind: 'refuse' });
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  get #refuses(): boolean {
    return this.#closed || this.#fault.kind === 'refuse';
  }

  #listen(): void {
    if (this.#refuses || this.#binding || this.#server.listening) return;
    this.#binding = true;
    this.#server.listen({ port: this.port, host: '127.0.0.1' });
  }

  #accept(client: Socket): void {
    const count = this.target.counter();
    const connection = new ProxiedConnection(client, this.target, () => this.#fault, {
      sent: (chunk) => {
        this.#commands += count(chunk);
      },
      left: () => {
        this.#open -= 1;
      },
      ended: () => this.#connections.delete(connection),
    });
    this.#open += 1;
    this.#peak = Math.max(this.#peak, this.#open);
    this.#connections.add(connection);
    connection.follow(this.#fault);
  }
}
