import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Instance } from '../../src/verify/cluster/api.js';
import { median, Traffic } from '../../src/verify/http/traffic.js';

let base: string;
let inProgress = 0;
let most = 0;
const server = http.createServer((request, response) => {
  inProgress += 1;
  most = Math.max(most, inProgress);
  setTimeout(
    () => {
      inProgress -= 1;
      if (request.url === '/broken') request.socket.destroy();
      else response.writeHead(request.method === 'POST' ? 201 : 200, { 'retry-after': '1' }).end('here');
    },
    request.url === '/slow' ? 200 : 5,
  );
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.closeAllConnections());

test('an answer comes with what a row wants to know, and a broken connection is status 0', async () => {
  const load = new Traffic({ url: base } as Instance);
  expect(await load.send({ method: 'POST', path: '/', body: '{}' })).toMatchObject({
    status: 201,
    text: 'here',
    headers: { 'retry-after': '1' },
    ms: expect.any(Number),
    at: expect.any(Number),
  });
  expect(await load.send({ method: 'POST', path: '/broken' })).toMatchObject({ status: 0, text: '' });
  load.close();
});

test('callers wait for their answers', async () => {
  const load = new Traffic({ url: base } as Instance);
  most = 0;
  const stop = load.callers(4, (serial) => ({ path: `/${serial}` }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const shots = await stop();
  load.close();
  expect(shots.length).toBeGreaterThan(4);
  expect(shots.every(({ status }) => status === 200)).toBe(true);
  expect(most).toBe(4);
});

test('arrivals do not wait for answers', async () => {
  const load = new Traffic({ url: base } as Instance);
  most = 0;
  const shots = await load.arrivals(500, 100, () => ({ path: '/slow' }));
  load.close();
  // At 500 a second the fifty-first would come after the end.
  expect(shots.length).toBeLessThanOrEqual(51);
  expect(most).toBeGreaterThan(5);
});

test('median', () => {
  expect(median([5, 1, 9])).toBe(5);
  expect(median([])).toBe(0);
});
