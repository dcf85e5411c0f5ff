import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';
import { startProcess } from '../support/process.js';

const timeoutMs = 1000;
const settings = {
  HEADERS_TIMEOUT_MS: `${timeoutMs}`,
  REQUEST_TIMEOUT_MS: `${timeoutMs}`,
  SEND_TIMEOUT_MS: `${timeoutMs}`,
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
  const [path] = [...paths].find(([, methods]) => methods.includes('POST'))!;
  const { authorization } = api.as.admin as { authorization?: string };
  const credentials = authorization ? `Authorization: ${authorization}\r\n` : '';
  return `POST ${path} HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n${credentials}\r\n"`;
}

test('who sends a body a letter at a time is cut off', async () => {
  expect(await dribble(headOfWrite())).toMatch(/^(HTTP\/1\.1 (408|503) |$)/);
});

test('bodies that are long in coming do not count as work', async () => {
  const slow = Array.from({ length: 20 }, () => dribble(headOfWrite()));
  await expect.poll(() => api.parts.shedding.arriving).toBe(20);
  expect((await api.send('GET', listPath())).status).toBe(200);
  await Promise.all(slow);
  await expect.poll(() => api.parts.shedding.arriving).toBe(0);
});

/** Asks for more than the buffers of a connection hold, and reads nothing. */
async function unread(port: number, path: string, times: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: api\r\n\r\n`.repeat(times));
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket.pause();
}

/** 1.5 MB each. */
const unreadDocuments = (port: number) => unread(port, '/docs/swagger-ui.js', 10);
/** 4 KB each. */
const unreadAnswers = (port: number) => unread(port, `/nowhere/${'x'.repeat(3900)}`, 4000);
const portOf = ({ url }: Api) => Number(new URL(url).port);

const listPath = () =>
  [...paths].find(([, methods]) => methods.includes('POST') && methods.includes('GET'))![0];

const withSettings = (changed: Record<string, string>): Surroundings => {
  return { ...place, environment: { ...place.environment, ...changed } };
};

test('answers that nobody takes do not count as work', async () => {
  const patient = { SEND_TIMEOUT_MS: '600000', REQUEST_TIMEOUT_MS: '10000', MAX_INFLIGHT: '3' };
  const instance = await startInstance(withSettings(patient));
  const sockets = await Promise.all(
    [unreadDocuments, unreadDocuments, unreadDocuments, unreadAnswers].map((ask) => ask(portOf(instance))),
  );
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const answer = async () => (await instance.send('GET', listPath())).text;
  await expect.poll(answer, { timeout: 40_000 }).toContain('"data"');
  for (const socket of sockets) socket.destroy();
  await instance.close();
}, 300_000);

test('who takes nothing of an answer is cut off', async () => {
  const sockets = await Promise.all([1, 2, 3].map(() => unreadDocuments(portOf(api))));
  await new Promise((resolve) => setTimeout(resolve, 5 * timeoutMs));
  for (const socket of sockets) {
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    await new Promise((resolve) => socket.once('close', resolve).resume());
    expect(bytes).toBeLessThan(10_000_000);
  }
}, 60_000);

test('who reads nothing, or sends no HTTP and stays, does not keep an instance from ending well', async () => {
  const settings = { SEND_TIMEOUT_MS: '60000', DRAIN_DELAY_MS: '0', SHUTDOWN_TIMEOUT_MS: '12000' };
  const { port, stop } = await startProcess(withSettings(settings));
  const sockets = await Promise.all([unreadDocuments, unreadAnswers].map((ask) => ask(port)));
  const stranger = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  stranger.write('NOT HTTP\r\n\r\n');
  await new Promise((resolve) => stranger.once('data', resolve));
  expect(await stop()).toBe(0);
  for (const socket of [...sockets, stranger]) socket.destroy();
}, 300_000);

test('a request that is shed is logged in one line', async () => {
  const settings = { MAX_INFLIGHT: '1', HEADERS_TIMEOUT_MS: '30000', REQUEST_TIMEOUT_MS: '30000' };
  const instance = await startProcess(withSettings(settings));
  const sockets = Array.from({ length: 30 }, (_, index) => {
    const socket = connect(instance.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(headOfWrite().replace('Host: api', `Host: api\r\nX-Request-Id: request-${index}`));
    return socket;
  });
  const shed = () => instance.lines.filter(({ status }) => status === 503);
  await expect.poll(() => shed().length, { timeout: 15_000 }).toBeGreaterThan(0);
  await instance.stop();
  for (const socket of sockets) socket.destroy();
  for (const { requestId } of shed()) {
    expect(instance.lines.filter((line) => line.requestId === requestId)).toHaveLength(1);
  }
}, 300_000);

test('others are served meanwhile', async () => {
  const slow = Array.from({ length: 50 }, () => dribble('GET /v1 HTTP/1.1\r\nX-Slow: '));
  expect((await api.send('GET', '/livez')).status).toBe(200);
  for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});
