import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { curlOf } from '../../src/verify/http/curl.ts';
import type { Exchange } from '../../src/verify/http/exchange.ts';
import { exchange, secret, token } from './reports-fixture.ts';

interface Arrived {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

let arrived: Arrived[] = [];
const server = http.createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = '', url = '', headers } = request;
  arrived.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
  response.setHeader('x-answer', 'yes').end('body of the answer');
});
let base: string;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

/** What arrives when the command for that exchange is run by the shell. */
async function sentAgain(changes: Partial<Exchange>): Promise<Arrived & { shown: string }> {
  arrived = [];
  const command = curlOf(exchange({ ...changes, url: `${base}${changes.url}` }))!;
  const env = { ...process.env, TOKEN: 'my-token', COOKIE: 'my=cookie', PASSWORD: 'my "password"' };
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
  expect(arrived).toHaveLength(1);
  return { ...arrived[0]!, shown: stdout };
}

test('is short for a plain request', () => {
  expect(curlOf(exchange({ requestHeaders: { host: 'a', connection: 'close', accept: '*/*' } }))).toBe(
    "curl -i http://localhost:3000/v1/products \\\n  -H 'accept: */*'",
  );
});

test.each([
  '{"name":"it\'s"}',
  'a\n\tb\n',
  '$HOME `id` $(id) "\\n" !! \\',
  '@/etc/hostname',
  '%s%d%%\\060\r\n\u0007\u001b[0m\u0000\u202e',
  '',
  'žluťoučký 😀',
])('sends the body %j as it was', async (body) => {
  const got = await sentAgain({
    method: 'POST',
    url: '/v1/products?filter=a%20b&x=$HOME',
    requestHeaders: { 'content-type': 'application/json', 'x-text': '"it\'s" $HOME', 'x-empty': '' },
    requestBody: body,
  });
  expect(got).toMatchObject({
    method: 'POST',
    url: '/v1/products?filter=a%20b&x=$HOME',
    headers: { 'content-type': 'application/json', 'x-text': '"it\'s" $HOME', 'x-empty': '' },
    body,
  });
  expect(got.shown).toMatch(/x-answer: yes.*body of the answer$/s);
});

test.each([
  { method: 'GET', url: '/v1/../[a]{b,c}' },
  { method: 'DELETE', url: '/v1/products/1' },
  { method: 'GET', url: '/', requestBody: 'unusual' },
  { method: 'POST', url: '/', requestHeaders: { 'transfer-encoding': 'chunked' }, requestBody: 'abc' },
])('sends $method $url', async (request) => {
  const got = await sentAgain(request);
  expect(got).toMatchObject({
    method: request.method,
    url: request.url,
    body: request.requestBody ?? '',
    headers: request.requestHeaders ?? {},
  });
  expect(got.headers['content-type']).toBeUndefined();
});

test('asks for the head alone', async () => {
  const got = await sentAgain({ method: 'HEAD', url: '/' });
  expect(got.method).toBe('HEAD');
  expect(got.shown).toContain('x-answer: yes');
});

test('has variables for secrets', async () => {
  const request = {
    method: 'POST',
    url: '/',
    requestHeaders: { authorization: `Bearer ${token}`, cookie: `session=${secret}`, 'x-list': ['a', 'b'] },
    requestBody: `{"password":"${secret}","name":"it's"}`,
  };
  const command = curlOf(exchange(request))!;
  for (const hidden of [secret, token]) expect(command).not.toContain(hidden);
  expect(command).toContain(`-H 'authorization: Bearer '"$TOKEN"`);
  expect(await sentAgain(request)).toMatchObject({
    headers: { authorization: 'Bearer my-token', cookie: 'my=cookie', 'x-list': 'a, b' },
    body: '{"password":"my "password"","name":"it\'s"}',
  });
});

test('lets no text ask for a variable', async () => {
  const { body } = await sentAgain({ method: 'POST', url: '/', requestBody: '\ufdd0HOME\ufdd1' });
  expect(body).toBe('\ufffdHOME\ufffd');
});

test('says where it differs from the request', () => {
  const headers = { 'content-length': '70000' };
  const cut = curlOf(exchange({ method: 'POST', requestHeaders: headers, requestBody: 'x'.repeat(4096) }));
  expect(cut).toMatch(/^# the body is cut off: 4096 of 70000 bytes\ncurl /);
  expect(curlOf(exchange({ method: 'HEAD', requestBody: 'x' }))).toMatch(/^# without the body .*\ncurl -I /);
  expect(curlOf(exchange({ method: 'POST', requestBody: 'a\ufffd' }))).toMatch(/^# .*no text/);
});

test('is not made for what cannot stand in a command', () => {
  expect(curlOf(exchange({ requestHeaders: { 'x-a': 'b\r\nc: d' } }))).toBeUndefined();
});
