import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, type Surroundings, startInstance, surroundings } from '../support/api.js';

const timeoutMs = 1000;
const settings = {
  HEADERS_TIMEOUT_MS: `${timeoutMs}`,
  REQUEST_TIMEOUT_MS: `${timeoutMs}`,
  DB_STATEMENT_TIMEOUT_MS: '500',
  MAX_INFLIGHT: '10',
};
let place: Surroundings;
let api: Api;

beforeAll(async () => {
  place = await surroundings(settings);
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

/** Sends `head` at once and then a letter every 50 ms. Returns what came back before the server closed. */
function dribble(head: string): Promise<string> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.write(head);
  const timer = setInterval(() => socket.write('x'), 50);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(received);
    });
  });
}

test('who sends headers a letter at a time is answered 408 and cut off', async () => {
  const answer = await dribble('GET /v1 HTTP/1.1\r\nHost: api\r\nX-Slow: ');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('application/problem+json');
});

/** The head of a request whose body is to come. */
function headOfWrite(): string {
  const [path] = [...api.platform.contract.paths].find(([, methods]) => methods.includes('POST'))!;
  const { authorization } = api.as.admin as { authorization?: string };
  const credentials = authorization ? `Authorization: ${authorization}\r\n` : '';
  return `POST ${path} HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n${credentials}\r\n"`;
}

test('who sends a body a letter at a time is cut off', async () => {
  expect(await dribble(headOfWrite())).toMatch(/^(HTTP\/1\.1 (408|503) |$)/);
});

test('bodies that are long in coming do not count as work', async () => {
  const slow = Array.from({ length: 20 }, () => dribble(headOfWrite()));
  await expect.poll(() => api.platform.shedding.arriving).toBe(20);
  const [list] = [...api.platform.contract.paths].find(
    ([, methods]) => methods.includes('POST') && methods.includes('GET'),
  )!;
  expect((await api.send('GET', list)).status).toBe(200);
  await Promise.all(slow);
  await expect.poll(() => api.platform.shedding.arriving).toBe(0);
});

test('others are served meanwhile', async () => {
  const slow = Array.from({ length: 50 }, () => dribble('GET /v1 HTTP/1.1\r\nX-Slow: '));
  expect((await api.send('GET', '/livez')).status).toBe(200);
  for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});
