import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Connection } from './connection.js';
import { type Exchange, type Request, type Response, readMethods } from './exchange.js';
import { Mismatch, summary } from './expectations.js';

const kept = 4096;
const patience = 10_000;

/** A row tries to send a request that verify must not send: a bug in the row, and no fault of the API. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Sends requests as rows ask for them, and keeps each with its answer. */
export class Client {
  /** Of the running row; emptied at the start of each row. */
  exchanges: Exchange[] = [];

  /**
   * @param base URL that requests go to when they do not say
   * @param writes whether other methods than GET, HEAD and OPTIONS may be sent
   */
  constructor(
    readonly base: string,
    private readonly writes: boolean,
    private readonly authorize: (request: Request) => Record<string, string>,
    private readonly answered: (exchange: Exchange) => void,
  ) {}

  /** Whether a request of that method may be sent. */
  maySend(method: string): boolean {
    return this.writes || readMethods.includes(method);
  }

  /**
   * @throws Mismatch when the connection ends or time runs out without an answer
   * @throws Refused when the method may not be sent, or when the path leads to another origin
   */
  async send(request: Request): Promise<Response> {
    const { response, exchange } = await this.#attempt(request);
    if (!response) throw new Mismatch('an answer', exchange.error ?? 'none');
    return response;
  }

  /**
   * @returns undefined when the connection ends or time runs out without an answer
   * @throws Refused as `send`
   */
  async trySend(request: Request): Promise<Response | undefined> {
    return (await this.#attempt(request)).response;
  }

  async #attempt(request: Request): Promise<{ response: Response | undefined; exchange: Exchange }> {
    const { method = 'GET' } = request;
    if (!this.maySend(method)) throw new Refused(`sends ${method}, although only reads are allowed`);
    const body = request.json === undefined ? request.body : JSON.stringify(request.json);
    const headers: Record<string, string | string[]> = {
      ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...this.authorize(request),
      ...request.headers,
    };
    if (typeof body === 'string' || Buffer.isBuffer(body))
      headers['content-length'] ??= String(Buffer.byteLength(body));
    const base = new URL(request.to ?? this.base);
    const exchange: Exchange = {
      method,
      url: `${base.origin}${base.pathname.replace(/\/$/, '')}${request.path}`,
      requestHeaders: headers,
      requestBody: body instanceof Readable ? '(a stream)' : body?.toString().slice(0, kept),
      response: undefined,
      error: undefined,
      ms: 0,
    };
    // The document of an API gives the paths: one that begins with `@` would take the token to another host.
    if (new URL(exchange.url).origin !== base.origin)
      throw new Refused(`sends to another origin than ${base.origin}: ${request.path}`);
    if (request.evidence !== false) this.exchanges.push(exchange);
    const start = performance.now();
    try {
      const response = await this.#transmit(exchange, body, request);
      exchange.ms = performance.now() - start;
      exchange.response = { status: response.status, headers: response.headers, text: response.text };
      if (request.described !== false) this.answered(exchange);
      return { response: { ...response, ms: exchange.ms }, exchange };
    } catch (error) {
      exchange.ms = performance.now() - start;
      exchange.error = `${(error as Error).message} after ${Math.round(exchange.ms)} ms`;
      return { response: undefined, exchange };
    }
  }

  /** Each request has a separate connection, because a reused one may be closed by the server meanwhile. */
  #transmit(exchange: Exchange, body: Request['body'], request: Request): Promise<Response> {
    const url = new URL(exchange.url);
    // A separate timer: signals that AbortSignal.any depends on can be collected before they fire.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), request.timeoutMs ?? patience);
    const signal = late.signal;
    const cancel = () => late.abort();
    request.signal?.addEventListener('abort', cancel, { once: true });
    if (request.signal?.aborted) cancel();
    return new Promise<Response>((resolve, reject) => {
      const sent = (url.protocol === 'https:' ? https : http).request(
        {
          hostname: url.hostname,
          port: url.port,
          method: exchange.method,
          // Not url.pathname: that would normalize the path that a row sends.
          path: exchange.url.slice(url.origin.length) || '/',
          // As a client with a connection pool sends it, so that a row sees the same headers.
          headers: { connection: 'keep-alive', ...exchange.requestHeaders },
          agent: false,
          signal,
        },
        async (message) => {
          try {
            const chunks: Buffer[] = [];
            for await (const chunk of message) chunks.push(chunk);
            resolve(answer(message, Buffer.concat(chunks).toString('utf8')));
          } catch (error) {
            reject(error);
          }
        },
      );
      sent.on('error', (error) =>
        reject(signal.aborted && !request.signal?.aborted ? new Error('no answer in time') : error),
      );
      if (body instanceof Readable) {
        // The server may answer and close before it has read everything; that answer counts.
        pipeline(body, sent).catch(() => {});
      } else sent.end(body);
    }).finally(() => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', cancel);
    });
  }
}

function answer(message: http.IncomingMessage, text: string): Response {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(message.headersDistinct)) headers[name] = values!.join(', ');
  const response: Response = {
    status: message.statusCode!,
    headers,
    text,
    ms: 0,
    json() {
      try {
        return JSON.parse(text);
      } catch {
        throw new Mismatch('a JSON body', summary(response));
      }
    },
  };
  return response;
}

/**
 * A plain TCP connection.
 * @param url of the instance
 * @param options `reading: false` reads only the beginning of the response until `read` is called
 */
export async function connect(url: string, { reading } = { reading: true }): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  let text = '';
  let over = false;
  let wake = () => {};
  let takes = reading;
  socket.on('data', (chunk) => {
    if (!takes) socket.pause();
    text += chunk.toString('latin1');
    wake();
  });
  for (const event of ['close', 'end', 'error'])
    socket.on(event, () => {
      over = true;
      wake();
    });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  /** Waits for that, or for the time to pass. */
  const until = async (holds: () => boolean, timeoutMs: number): Promise<boolean> => {
    const end = performance.now() + timeoutMs;
    while (!holds() && performance.now() < end)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - performance.now());
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    return holds();
  };
  return {
    write: (bytes) => void (over || socket.write(bytes)),
    read() {
      takes = true;
      socket.resume();
    },
    async received(pattern = /\r\n\r\n/, timeoutMs = patience) {
      await until(() => over || pattern.test(text), timeoutMs);
      return text;
    },
    closed: (timeoutMs) => until(() => over, timeoutMs),
    end: () => socket.destroy(),
  };
}
