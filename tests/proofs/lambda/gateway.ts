import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Environment } from './environment.js';

/** An HTTP API of API Gateway with the payload format 2.0. It asks the environment that has been idle for longest. */
export class Gateway {
  url = '';
  readonly #free: Environment[];
  readonly #waiting: ((environment: Environment) => void)[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(environments: readonly Environment[]) {
    this.#free = [...environments];
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await buffer(request);
      const environment =
        this.#free.shift() ?? (await new Promise<Environment>((resolve) => this.#waiting.push(resolve)));
      try {
        answer(request, response, await environment.invoke(eventOf(request, body)));
      } finally {
        const next = this.#waiting.shift();
        if (next) next(environment);
        else this.#free.push(environment);
      }
    } catch {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
      response.end('{"message":"Internal Server Error"}');
    }
  }
}

function eventOf(request: IncomingMessage, body: Buffer): object {
  const [raw = '/', ...query] = (request.url ?? '/').split('?');
  // As API Gateway does it: decoded, and cut at a question mark that comes to light.
  const [path = '/'] = decoded(raw).split('?');
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct)
      .filter(([name]) => name !== 'cookie' && name !== 'connection')
      .map(([name, values]) => [name, values!.join(',')]),
  );
  const address = request.socket.remoteAddress ?? '127.0.0.1';
  headers['x-forwarded-for'] = [headers['x-forwarded-for'], address].filter(Boolean).join(', ');
  headers['x-forwarded-port'] = '443';
  headers['x-forwarded-proto'] = 'https';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query.join('?'),
    ...(request.headers.cookie ? { cookies: request.headers.cookie.split('; ') } : {}),
    headers,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'api',
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: address,
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: crypto.randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: Date.now(),
    },
    ...(body.length > 0
      ? { body: body.toString('base64'), isBase64Encoded: true }
      : { isBase64Encoded: false }),
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function answer(request: IncomingMessage, response: ServerResponse, result: Record<string, unknown>): void {
  const { statusCode, headers, multiValueHeaders, cookies, body, isBase64Encoded } = result as {
    statusCode: number;
    headers?: Record<string, string>;
    multiValueHeaders?: Record<string, string[]>;
    cookies?: string[];
    body?: string | null;
    isBase64Encoded?: boolean;
  };
  for (const [name, value] of Object.entries({ ...headers, ...multiValueHeaders })) {
    if (!/^(connection|keep-alive|transfer-encoding)$/i.test(name)) response.setHeader(name, value);
  }
  if (cookies?.length) response.setHeader('set-cookie', cookies);
  response.writeHead(statusCode);
  response.end(
    request.method === 'HEAD' ? undefined : Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  );
}
