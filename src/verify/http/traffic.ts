import http from 'node:http';
import { pause } from './waiting.js';

const patience = 10_000;

/** What came back for one request of a load; status 0 when nothing did. */
export interface TrafficResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** When it was sent, on the clock of performance.now(). */
  at: number;
  /** From sending to the last byte, in milliseconds. */
  ms: number;
}

/** A request of a load. */
export interface TrafficRequest {
  method?: string;
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string;
}

/** Sends many requests over connections that are kept. They are no evidence: there are too many to keep. */
export class Traffic {
  readonly #agent = new http.Agent({ keepAlive: true });

  /** @param target started by verify: no other API gets load or changes of its data */
  constructor(private readonly target: { url: string }) {}

  /** Never rejects. */
  send({ method = 'GET', path, headers = {}, body }: TrafficRequest): Promise<TrafficResponse> {
    const { hostname, port } = new URL(this.target.url);
    const start = performance.now();
    const shot = (status: number, given: http.IncomingHttpHeaders, text: string): TrafficResponse => ({
      status,
      headers: given,
      text,
      at: start,
      ms: performance.now() - start,
    });
    return new Promise((resolve) => {
      const lost = () => resolve(shot(0, {}, ''));
      const request = http.request(
        { hostname, port, method, path, headers, agent: this.#agent, timeout: patience },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve(shot(response.statusCode!, response.headers, text)));
          response.on('error', lost);
        },
      );
      request.on('timeout', () => request.destroy(new Error('no answer in time')));
      // A connection that the server closed before it read anything of the request is no answer to the request.
      request.on('error', (error: NodeJS.ErrnoException) => {
        const again = request.reusedSocket && error.code === 'ECONNRESET' && method === 'GET';
        if (again) this.send({ method, path, headers }).then(resolve);
        else lost();
      });
      request.end(body);
    });
  }

  /**
   * Callers that send their next request when the last one is answered.
   * @param aim makes the request, from a number that counts up
   * @param thinkMs a pause after each answer
   * @returns stops them. @returns all that came back; rejects when a request could not be made
   */
  callers(
    count: number,
    aim: (serial: number) => TrafficRequest | Promise<TrafficRequest>,
    thinkMs = 0,
  ): () => Promise<TrafficResponse[]> {
    const shots: TrafficResponse[] = [];
    let serial = 0;
    let running = true;
    const caller = async () => {
      while (running) {
        shots.push(await this.send(await aim(serial++)));
        if (thinkMs > 0) await pause(thinkMs);
      }
    };
    const all = Promise.all(Array.from({ length: count }, caller));
    // Rejections are handled when they are stopped.
    all.catch(() => {});
    return async () => {
      running = false;
      await all;
      return shots;
    };
  }

  /**
   * Requests that arrive at a rate, whether or not those before them are answered: an overload, if need be.
   * @param perSecond how many
   * @param forMs for how long
   */
  async arrivals(
    perSecond: number,
    forMs: number,
    aim: (serial: number) => TrafficRequest,
  ): Promise<TrafficResponse[]> {
    const start = performance.now();
    const shots: Promise<TrafficResponse>[] = [];
    for (let elapsed = 0; elapsed < forMs; elapsed = performance.now() - start) {
      for (; shots.length < (elapsed / 1000) * perSecond; ) shots.push(this.send(aim(shots.length)));
      await pause(2);
    }
    return Promise.all(shots);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The middle of numbers; 0 of none. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
