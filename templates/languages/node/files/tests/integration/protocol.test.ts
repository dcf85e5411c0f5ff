import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';

let place: Surroundings;
let api: Api;

beforeAll(async () => {
  place = await surroundings({ TRUST_PROXY_HOPS: '1', RATE_LIMIT_WRITE: '6', RATE_LIMIT_WINDOW_S: '3600' });
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

const listPath = () =>
  [...paths].find(([, methods]) => methods.includes('POST') && methods.includes('GET'))![0];

/** Sends the requests over one connection, each when the one before was answered. Returns the status of each. */
async function exchange(...requests: string[]): Promise<number[]> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  const statuses: number[] = [];
  for (const request of requests) {
    socket.write(request);
    const answer = await new Promise<Buffer>((resolve, reject) => {
      socket.once('data', resolve).once('close', () => reject(new Error('closed without an answer')));
    });
    statuses.push(Number(/^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1]));
    socket.removeAllListeners();
  }
  socket.destroy();
  return statuses;
}

function head(method: string, path: string, headers: Record<string, string>): string {
  const lines = Object.entries({ Host: 'api', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

test('an upgrade to HTTP/2 is ignored, with and without a body (RFC 9110, section 7.8)', async () => {
  const upgrade = {
    Connection: 'Upgrade, HTTP2-Settings',
    Upgrade: 'h2c',
    'HTTP2-Settings': 'AAMAAABkAAQAAP__',
  };
  const write = { ...upgrade, ...api.as.editor, 'Content-Type': 'application/json' };
  const statuses = await exchange(
    head('GET', listPath(), { ...upgrade, ...api.reading(listPath()) }),
    `${head('POST', listPath(), { ...write, 'Content-Length': '2' })}{}`,
    `${head('POST', listPath(), { ...write, 'Transfer-Encoding': 'chunked' })}2\r\n{}\r\n0\r\n\r\n`,
    head('GET', listPath(), api.reading(listPath())),
  );
  expect(statuses).toEqual([200, 422, 422, 200]);
});

test('trailers of a chunked body are no headers (RFC 9110, section 6.5.1)', async () => {
  const chunked = (headers: Record<string, string>, trailers: Record<string, string>) => {
    const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`);
    const framing = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
    return `${head('POST', listPath(), { ...framing, ...headers })}2\r\n{}\r\n0\r\n${lines.join('')}\r\n`;
  };
  const body = `${head('POST', listPath(), { 'Content-Type': 'application/json', 'Content-Length': '2' })}{}`;
  const asTrailer = chunked({}, api.as.editor);
  expect(await exchange(asTrailer)).toEqual(await exchange(body));
  // A media type in the trailer comes too late for the body.
  const typeless = chunked(
    { ...api.as.editor, 'Content-Type': 'text/plain' },
    { 'Content-Type': 'application/json' },
  );
  expect(await exchange(typeless)).toEqual([415]);
  // An address in the trailer does not make another caller.
  const statuses = [];
  for (let index = 0; index < 8; index += 1) {
    const forwarded = { 'X-Forwarded-For': '203.0.113.9' };
    statuses.push(...(await exchange(chunked(forwarded, { 'X-Forwarded-For': `198.51.100.${index}` }))));
  }
  expect(statuses.at(-1)).toBe(429);
});
