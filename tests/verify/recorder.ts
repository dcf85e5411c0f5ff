import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that came. */
export interface Arrived {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
}

/** A server that records each request. */
export class Recorder {
  readonly #server: http.Server;
  readonly arrived: Arrived[] = [];

  constructor(answer: (request: Arrived, response: http.ServerResponse) => void) {
    this.#server = http.createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      this.arrived.push({ method, url, headers });
      request.resume();
      answer({ method, url, headers }, response);
    });
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
