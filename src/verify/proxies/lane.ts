import type { Socket } from 'node:net';
import type { Fault } from './faults.js';

/** Bytes that wait at most before no more are read. */
const limit = 64 * 1024;

interface Waiting {
  /** Undefined for the end. */
  chunk: Buffer | undefined;
  arrived: number;
}

/** One direction of a connection: delays bytes according to a fault, in order. */
export class Lane {
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #sink: Socket | undefined;
  #full = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param delayed whether a delay concerns this direction
   * @param fault the one that holds now
   * @param passed receives each chunk that goes on
   */
  constructor(
    private readonly source: Socket,
    private readonly delayed: boolean,
    private readonly fault: () => Fault,
    private readonly passed: (chunk: Buffer) => void,
  ) {
    source.on('data', (chunk: Buffer) => this.#take(chunk)).on('end', () => this.#take(undefined));
    source.once('close', () => clearTimeout(this.#timer));
  }

  /** Where bytes go on to; until then, they wait. */
  to(sink: Socket): void {
    this.#sink = sink.on('drain', () => {
      this.#full = false;
      this.flow();
    });
    this.flow();
  }

  /** Lets go on what need not wait any more. To be called when the fault has changed. */
  flow(): void {
    clearTimeout(this.#timer);
    while (this.#sink && !this.#full && this.#waiting[0] !== undefined) {
      const ms = this.#waitOf(this.#waiting[0]);
      if (ms > 0) {
        if (ms !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.flow(), ms).unref();
        break;
      }
      this.#pass(this.#waiting.shift()!, this.#sink);
    }
    if (this.#bytes < limit) this.source.resume();
  }

  /** How long it has to wait yet, in milliseconds. */
  #waitOf({ arrived }: Waiting): number {
    const fault = this.fault();
    if (fault.kind === 'hang') return Number.POSITIVE_INFINITY;
    return fault.kind === 'delay' && this.delayed ? arrived + fault.ms - performance.now() : 0;
  }

  #take(chunk: Buffer | undefined): void {
    this.#waiting.push({ chunk, arrived: performance.now() });
    this.#bytes += chunk?.length ?? 0;
    if (this.#bytes >= limit) this.source.pause();
    this.flow();
  }

  #pass({ chunk }: Waiting, sink: Socket): void {
    if (!chunk) {
      sink.end();
      return;
    }
    this.#bytes -= chunk.length;
    this.passed(chunk);
    this.#full = !sink.write(chunk);
  }
}
