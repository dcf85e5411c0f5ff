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

/** Opens a proxy on a free port of 127.0.0.1. It passes everything until a fault is set. */
export async function openFaultProxy(target: Target): Promise<FaultProxy> {
  const proxy = new TcpProxy(target, await freePort());
  await once(proxy.listen(), 'listening');
  return proxy;
}

const relistenMs = 20;

class TcpProxy implements FaultProxy {
  readonly #connections = new Set<ProxiedConnection>();
  /** Another one each time that it listens again. */
  #server: Server | undefined;
  #fault: Fault = { kind: 'pass' };
  #open = 0;
  #peak = 0;
  #commands = 0;
  #closed = false;
  #relisten: NodeJS.Timeout | undefined;
  #leadsTo: { host: string; port: number };

  constructor(
    private readonly target: Target,
    readonly port: number,
  ) {
    this.#leadsTo = target;
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

  set(fault: Fault): void {
    if (this.#closed) return;
    this.#fault = fault;
    if (fault.kind === 'refuse') this.#stopListening();
    else this.listen();
    for (const connection of this.#connections) connection.follow(fault);
  }

  lead(to: { host: string; port: number } = this.target): void {
    this.#leadsTo = to;
  }

  resetCounts(): void {
    this.#peak = this.#open;
    this.#commands = 0;
  }

  async close(): Promise<void> {
    this.set({ kind: 'refuse' });
    this.#closed = true;
  }

  /** Takes connections, now or as soon as its port is free. */
  listen(): Server {
    if (this.#server) return this.#server;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    this.#server = server.unref();
    // The port can be taken for a moment: by a connection that tried to reach it from the same port.
    server.on('error', () => {
      if (this.#server !== server) return;
      this.#server = undefined;
      this.#relisten = setTimeout(() => this.listen(), relistenMs).unref();
    });
    return server.listen({ port: this.port, host: '127.0.0.1' });
  }

  #stopListening(): void {
    clearTimeout(this.#relisten);
    this.#server?.close();
    this.#server = undefined;
  }

  #accept(client: Socket): void {
    const count = this.target.counter();
    const connection = new ProxiedConnection(client, this.#leadsTo, () => this.#fault, {
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
