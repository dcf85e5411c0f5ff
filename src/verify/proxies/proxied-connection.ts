import { connect, type Socket } from 'node:net';
import type { Fault } from './faults.js';
import { Lane } from './lane.js';

interface Listener {
  /** The chunk goes on to the server. */
  sent(chunk: Buffer): void;
  /** The client sends nothing more. */
  left(): void;
  /** All of it is closed. */
  ended(): void;
}

/** A client's connection and the one to the server that belongs to it. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #requests: Lane;
  #answers: Lane | undefined;
  #server: Socket | undefined;
  #left = false;

  constructor(
    client: Socket,
    private readonly target: { host: string; port: number },
    private readonly fault: () => Fault,
    listener: Listener,
  ) {
    this.#client = client.unref();
    this.#requests = new Lane(client, false, fault, (chunk) => listener.sent(chunk));
    const leave = () => {
      if (!this.#left) listener.left();
      this.#left = true;
    };
    client.on('error', () => this.#server?.destroy()).once('end', leave);
    client.once('close', () => {
      leave();
      this.#server?.destroySoon();
      listener.ended();
    });
  }

  /** Applies the fault. Called at the beginning and after each change. */
  follow(fault: Fault): void {
    if (fault.kind === 'refuse') this.#both((socket) => socket.destroy());
    else if (fault.kind === 'reset') this.#both((socket) => socket.resetAndDestroy());
    else {
      if (fault.kind !== 'hang' && !this.#client.destroyed) this.#connect();
      this.#requests.flow();
      this.#answers?.flow();
    }
  }

  #connect(): void {
    if (this.#server) return;
    const { host, port } = this.target;
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true }).unref();
    this.#server = server;
    this.#answers = new Lane(server, true, this.fault, () => {});
    this.#requests.to(server);
    this.#answers.to(this.#client);
    let failed = false;
    server.on('error', () => {
      failed = true;
    });
    server.once('close', () => {
      // What ended well has waited its time in the lane, with the end after it.
      if (failed || !server.readableEnded) this.#client.resetAndDestroy();
    });
  }

  #both(end: (socket: Socket) => void): void {
    end(this.#client);
    if (this.#server) end(this.#server);
  }
}
