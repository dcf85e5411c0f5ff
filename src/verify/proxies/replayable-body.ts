import type { ClientRequest, IncomingMessage } from 'node:http';

/** Bytes of a body that are kept at most, to send them again. */
const limit = 64 * 1024;

/** The body of a request: goes to a server as it comes, and to another one from its beginning while it is short. */
export class ReplayableBody {
  readonly #kept: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #to: ClientRequest | undefined;

  constructor(private readonly source: IncomingMessage) {
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    source.on('end', () => {
      this.#ended = true;
      this.#to?.end();
    });
    source.pause();
  }

  /** Whether all that has come can be sent again. */
  get replayable(): boolean {
    return this.#bytes <= limit;
  }

  /** Sends it there, from its beginning; not to where it went before. */
  sendTo(request: ClientRequest): void {
    this.#to = request;
    request.on('drain', () => this.#to === request && this.source.resume());
    for (const chunk of this.#kept) request.write(chunk);
    if (this.#ended) request.end();
    else this.source.resume();
  }

  /** Reads what still comes, and forgets it: the answer is there already. */
  discard(): void {
    this.#to = undefined;
    this.source.resume();
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.replayable) this.#kept.push(chunk);
    else this.#kept.length = 0;
    if (this.#to && !this.#to.write(chunk)) this.source.pause();
  }
}
