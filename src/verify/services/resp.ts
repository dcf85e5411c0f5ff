import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const timeoutMs = 5_000;

/** A connection to a Redis server that sends one command at a time and reads its answer of one line. */
export class RespConnection {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<string>;
  #received = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /**
   * @param url with the password in it, if there is one
   * @throws Error when it cannot connect and sign in within 5 seconds
   */
  static async open(url: URL): Promise<RespConnection> {
    const socket = connect({ host: hostOf(url), port: Number(url.port || 6379) });
    // An error between commands shows with the next command.
    socket.setEncoding('utf8').on('error', () => {});
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    await once(socket, 'connect');
    const connection = new RespConnection(socket);
    try {
      const account = [url.username, url.password].filter((part) => part !== '').map(decodeURIComponent);
      if (url.password) await connection.send('AUTH', ...account);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /**
   * @returns the answer without its type: a simple string, an integer, `-1` for nothing
   * @throws Error with the message of the server, or when no reply comes
   */
  async send(...command: string[]): Promise<string> {
    const strings = command.map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`);
    this.#socket.write(`*${command.length}\r\n${strings.join('')}`);
    while (!this.#received.includes('\r\n')) {
      const { done, value } = await this.#chunks.next();
      if (done) throw new Error('the server closed the connection');
      this.#received += value;
    }
    const [line = '', ...rest] = this.#received.split('\r\n');
    this.#received = rest.join('\r\n');
    if (line.startsWith('-')) throw new Error(line.slice(1));
    return line.slice(1);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The host of a URL as `node:net` takes it. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '') || 'localhost';
}
