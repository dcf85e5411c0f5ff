import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Contract } from '../../src/verify/contract/contract.js';
import { type Balancer, openBalancer } from '../../src/verify/proxies/balancer.js';
import { eventually } from './eventually.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

interface Upstream {
  url: string;
  server: http.Server;
  ready: number;
  /** Requests that came, apart from questions about its health. */
  seen: IncomingMessage[];
  handle: Handler;
}

let balancer: Balancer;
let upstreams: Upstream[];
const agent = new http.Agent({ keepAlive: true });

async function upstream(name: string): Promise<Upstream> {
  const listener: RequestListener = (request, response) => {
    if (request.url === '/readyz') {
      response.writeHead(made.ready).end();
      return;
    }
    made.seen.push(request);
    made.handle(request, response);
  };
  // Takes what the balancer's own limits would refuse.
  const lenient = { requireHostHeader: false, maxHeaderSize: 100_000 };
  const server = http.createServer(lenient, listener).on('checkContinue', listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const made: Upstream = {
    ...{ url, server, ready: 200, seen: [] },
    handle: (request, response) => {
      request.resume();
      response.end(name);
    },
  };
  return made;
}

beforeEach(async () => {
  upstreams = [await upstream('a'), await upstream('b')];
  balancer = await openBalancer(() => upstreams);
});

afterEach(async () => {
  await balancer.close();
  for (const { server } of upstreams) {
    server.closeAllConnections();
    server.close();
  }
});

/** Sends a request through the balancer. */
async function send(
  method: string,
  {
    body,
    headers = {},
    path = '/x',
  }: { body?: string | Buffer; headers?: http.OutgoingHttpHeaders; path?: string } = {},
) {
  const request = http.request(`${balancer.url}${path}`, { method, headers, agent }).end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode,
    headers: response.headers,
    raw: response.rawHeaders,
    text: await text(response),
  };
}

/** Sends bytes as they stand. @returns everything until the balancer closes */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(balancer.url).port), '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

const [a, b] = [() => upstreams[0]!, () => upstreams[1]!];

describe('whose turn it is', () => {
  it('shares out in turn', async () => {
    const answers = [];
    for (let place = 0; place < 6; place += 1) answers.push((await send('GET')).text);
    expect(answers.join('')).toMatch(/^(ab){3}$|^(ba){3}$/);
  });

  it('leaves out an instance that is not ready until it is again', async () => {
    a().ready = 503;
    await sleep(400);
    for (let place = 0; place < 4; place += 1) expect((await send('POST')).text).toBe('b');
    a().ready = 200;
    await eventually(async () => expect((await send('GET')).text).toBe('a'));
  });

  it('answers 502 in plain text without an instance', async () => {
    for (const { server } of upstreams) {
      server.closeAllConnections();
      server.close();
    }
    const answer = await send('GET');
    expect([answer.status, answer.headers['content-type']]).toEqual([502, 'text/plain']);
    // The API has not answered: there is nothing to compare with its document.
    const contract = new Contract('{"openapi":"3.1.0","paths":{"/":{"get":{"responses":{}}}}}');
    const judged = (headers: Record<string, string>) =>
      contract.deviations({ method: 'GET', url: 'http://a/', response: { ...answer, headers } } as never);
    expect([judged(answer.headers as never), judged({}).length]).toEqual([[], 1]);
    upstreams = [];
    expect((await send('POST', { body: 'x' })).status).toBe(502);
  });

  it('takes in an instance that comes later', async () => {
    upstreams = [b()];
    expect((await send('GET')).text).toBe('b');
    upstreams.push(await upstream('c'));
    const answers = [await send('GET'), await send('GET')].map((answer) => answer.text);
    expect(answers.toSorted()).toEqual(['b', 'c']);
  });
});

describe('another instance', () => {
  const stop = ({ server }: Upstream) => {
    server.closeAllConnections();
    server.close();
  };

  it.each(['GET', 'POST', 'PATCH'])('gets a %s whose connection was refused', async (method) => {
    stop(a());
    for (let place = 0; place < 4; place += 1) {
      const answer = await send(method, method === 'GET' ? {} : { body: 'x'.repeat(50_000) });
      expect([answer.status, answer.text]).toEqual([200, 'b']);
    }
  });

  it('gets a request again whose connection broke, with its body', async () => {
    const bodies: string[] = [];
    a().handle = (request) => request.once('data', () => request.socket.resetAndDestroy());
    b().handle = async (request, response) => {
      bodies.push(await text(request));
      response.end('b');
    };
    for (let place = 0; place < 4; place += 1)
      expect((await send('PUT', { body: `${place}-${'x'.repeat(60_000)}` })).text).toBe('b');
    expect(a().seen.length).toBeGreaterThan(0);
    expect(bodies.map((body) => [body[0], body.length])).toEqual([0, 1, 2, 3].map((n) => [`${n}`, 60_002]));
  });

  it.each([
    ['POST', 10],
    ['PATCH', 10],
    ['PUT', 2_000_000],
  ])('does not get a %s of %d bytes whose connection broke', async (method, size) => {
    for (const each of upstreams)
      each.handle = (request) => request.resume().once('end', () => request.socket.resetAndDestroy());
    expect((await send(method, { body: 'x'.repeat(size) })).status).toBe(502);
    expect(a().seen.length + b().seen.length).toBe(1);
  });

  it('does not get a request that was begun to be answered', async () => {
    for (const each of upstreams)
      each.handle = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncont', () => socket.resetAndDestroy());
    expect((await send('GET')).status).toBe(502);
    expect(a().seen.length + b().seen.length).toBe(1);
  });

  it('is asked once, and then it is enough', async () => {
    for (const each of upstreams) each.handle = ({ socket }) => socket.destroy();
    expect((await send('GET')).status).toBe(502);
    expect([a().seen.length, b().seen.length]).toEqual([1, 1]);
  });
});

describe('what goes through', () => {
  it('keeps headers as they are, but for those of the connection', async () => {
    a().handle = (_, response) => {
      response.sendDate = false;
      response.writeHead(207, 'So So', [
        ...['Set-Cookie', 'a=1', 'X-Case', 'Ä'],
        ...['set-cookie', 'b=2', 'Connection', 'X-Drop', 'X-Drop', 'gone'],
      ] as unknown as http.OutgoingHttpHeaders);
      response.end();
    };
    upstreams = [a()];
    const answer = await sendRaw(
      [
        'GET /p%20q?x=%2F&x=1 HTTP/1.1',
        ...['HOST: shop.example', 'X-Twice: 1', 'x-twice: 2', 'X-Forwarded-For: 192.0.2.1', 'X-Named: gone'],
        ...['Connection: close, X-Named', 'TE: trailers', 'Authorization: Bearer t', 'Upgrade: h2c', '\r\n'],
      ].join('\r\n'),
    );
    const [{ rawHeaders, url } = a().seen[0]!] = a().seen;
    expect(url).toBe('/p%20q?x=%2F&x=1');
    expect(rawHeaders.slice(0, 10)).toEqual([
      ...['HOST', 'shop.example', 'X-Twice', '1', 'x-twice', '2'],
      ...['Authorization', 'Bearer t', 'X-Forwarded-For', '192.0.2.1, 127.0.0.1'],
    ]);
    expect(rawHeaders.join()).not.toMatch(/gone|h2c|trailers/);
    expect(answer).toMatch(/^HTTP\/1\.1 207 So So\r\nSet-Cookie: a=1\r\nX-Case: Ä\r\nset-cookie: b=2\r\n/);
    expect(answer).not.toMatch(/gone|Date/);
  });

  it.each([
    ['GET', '', undefined],
    ['DELETE', '', undefined],
    ['POST', '', '0'],
    ['POST', 'Content-Length: 3\r\n\r\nabc', '3'],
    ['DELETE', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n', undefined],
  ])('says how the body of a %s ends as the client did (%j)', async (method, rest, length) => {
    for (const each of upstreams)
      each.handle = async (request, response) => response.end(await text(request));
    const answer = await sendRaw(`${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${rest}\r\n`);
    expect(answer).toContain(rest.includes('abc') ? 'abc' : '200 OK');
    const [request] = [...a().seen, ...b().seen];
    expect(request?.headers['content-length']).toBe(length);
    expect(request?.headers['transfer-encoding']).toBe(rest.startsWith('T') ? 'chunked' : undefined);
  });

  it('passes bodies on as they come, in both directions', async () => {
    const size = 3_000_000;
    for (const each of upstreams) each.handle = (request, response) => request.pipe(response);
    expect((await send('POST', { body: Buffer.alloc(size, 'x') })).text).toHaveLength(size);
    const request = http.request(balancer.url, { method: 'POST', agent });
    request.write('first');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(String((await once(response, 'data'))[0])).toBe('first');
    request.end();
    await once(response.resume(), 'end');
  });

  it('passes an answer on that comes before the body has', async () => {
    for (const each of upstreams)
      each.handle = (_, response) => response.writeHead(413, { connection: 'close' }).end('too much');
    const request = http.request(balancer.url, {
      method: 'POST',
      agent,
      headers: { 'content-length': 5_000_000 },
    });
    request.write('x');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect([response.statusCode, await text(response)]).toEqual([413, 'too much']);
    request.end(Buffer.alloc(4_999_999));
    await sleep(100);
    expect((await send('GET')).status).toBe(413);
  });

  it('leaves it to the instance whether a body is to be sent (100-continue)', async () => {
    for (const each of upstreams) each.handle = (_, response) => response.writeHead(401).end();
    const headers = { expect: '100-continue', 'content-length': 5 };
    const refused = http.request(balancer.url, { method: 'POST', headers, agent });
    refused.on('continue', () => expect.unreachable());
    refused.flushHeaders();
    expect(((await once(refused, 'response')) as [IncomingMessage])[0].statusCode).toBe(401);
    refused.destroy();
    for (const each of upstreams)
      each.handle = async (request, response) => {
        response.writeContinue();
        response.end(await text(request));
      };
    const wanted = http.request(balancer.url, { method: 'POST', headers, agent });
    wanted.flushHeaders();
    await once(wanted, 'continue');
    wanted.end('hello');
    expect(await text(((await once(wanted, 'response')) as [IncomingMessage])[0])).toBe('hello');
  });

  it('tells the instance that the client is gone', async () => {
    const gone = vi.fn();
    for (const each of upstreams) each.handle = (_, response) => response.once('close', gone);
    const request = http.request(balancer.url, { agent }).on('error', () => {});
    request.end();
    await eventually(() => expect(a().seen.length + b().seen.length).toBe(1));
    request.destroy();
    await eventually(() => expect(gone).toHaveBeenCalledOnce());
  });

  it('tells the client that an answer is not whole', async () => {
    for (const each of upstreams)
      each.handle = (_, response) =>
        response.writeHead(200, { 'content-length': 10 }).write('half', () => response.destroy());
    await expect(send('GET')).rejects.toThrow('aborted');
  });

  it('leaves large headers and a missing Host to the instance', async () => {
    expect((await send('GET', { headers: { 'x-large': 'x'.repeat(90_000) } })).status).toBe(200);
    expect(await sendRaw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toContain('200 OK');
    expect([...a().seen, ...b().seen].map(({ headers }) => headers.host !== undefined).toSorted()).toEqual([
      false,
      true,
    ]);
  });

  it('answers HEAD and 304 without a body, with their headers', async () => {
    for (const each of upstreams)
      each.handle = ({ method }, response) =>
        response.writeHead(method === 'HEAD' ? 200 : 304, { 'content-length': 7, etag: '"x"' }).end();
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 304],
    ] as const) {
      const answer = await send(method);
      expect([answer.status, answer.headers.etag, answer.headers['content-length'], answer.text]).toEqual([
        ...[status, '"x"', '7', ''],
      ]);
    }
  });
});

describe('an instance that is silent', () => {
  it('gets no more requests', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    upstreams = [{ ...a(), url }, b()];
    const request = async () =>
      (await fetch(balancer.url, { signal: AbortSignal.timeout(300) })).text().catch(() => 'nothing');
    await eventually(async () => {
      for (let place = 0; place < 4; place += 1) expect(await request()).toBe('b');
    });
    silent.close();
    upstreams = [a(), b()];
  });
});
