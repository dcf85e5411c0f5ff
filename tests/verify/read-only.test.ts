import fs from 'node:fs';
import type http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Client, Refused } from '../../src/verify/http/client.js';
import { Recorder } from './recorder.js';

// Each test starts the command line.
vi.setConfig({ testTimeout: 300_000 });

const root = path.resolve(import.meta.dirname, '../..');
const document = fs.readFileSync(path.join(root, 'tests/golden/fastify/openapi.yaml'), 'utf8');
/** Neither a JWT nor anything else that has a form of its own. */
const token = 'opaque/Token+of-the-owner~4711=';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'read-only-'));

const elsewhere = new Recorder((_, response) => response.writeHead(200).end(document));
/** Answers with all that it was sent, which is the worst that an API can do to a report. */
const echo = new Recorder(({ method, url, headers }, response) => {
  if (url === '/openapi.yaml') response.writeHead(200).end(document);
  else
    response
      .writeHead(500, { 'x-seen': headers.authorization ?? 'none' })
      .end(`${method} ${url} ${headers.authorization?.replace('Bearer ', '')} ${JSON.stringify(headers)}`);
});
/** Answers well enough that no row ends at its first request, but each error holds what it was sent. */
const good = new Recorder((request, response) => {
  const { method, url, headers } = request;
  const [where, query = ''] = url.split('?') as [string, string?];
  const send = (status: number, slug: string, more: http.OutgoingHttpHeaders = {}) =>
    response
      .writeHead(status, {
        'content-type': 'application/problem+json',
        'x-request-id': requestIdOf(headers),
        ...limits,
        ...more,
      })
      .end(
        JSON.stringify({
          type: `/problems/${slug}`,
          title: slug,
          status,
          detail: `${url} ${headers.authorization}`,
          instance: where,
          requestId: requestIdOf(headers),
          errors: [...new URLSearchParams(query).keys()].map((parameter) => ({ parameter })),
        }),
      );
  const allow =
    where === '/v1/products' ? 'GET, HEAD, OPTIONS, POST' : 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT';
  if (where === '/openapi.yaml') response.end(document);
  else if (where === '/livez') response.setHeader('x-request-id', requestIdOf(headers)).end();
  else if (!/^\/v1\/(products|me$|auth\/)/.test(where)) send(404, 'not-found');
  else if (method === 'OPTIONS') response.writeHead(204, { allow }).end();
  else if (!allow.includes(method)) send(405, 'method-not-allowed', { allow });
  else if (!headers.authorization?.startsWith('Bearer ') && (method !== 'GET' || where === '/v1/me'))
    send(401, 'unauthenticated', { 'www-authenticate': 'Bearer' });
  else if (/=abc|no[-_]such/.test(query)) send(400, 'invalid-parameter');
  else if (where !== '/v1/products') send(404, 'not-found');
  else
    response
      .writeHead(200, { 'content-type': 'application/json', ...limits })
      .end(JSON.stringify({ data: [], meta: { pageSize: 50, nextCursor: null } }));
});
const redirecting = new Recorder(({ url }, response) =>
  response.writeHead(307, { location: `${elsewhere.origin}${url}` }).end(),
);
const servers = [elsewhere, echo, good, redirecting];
const limits = {
  'x-ratelimit-limit': '100',
  'x-ratelimit-remaining': '99',
  'x-ratelimit-reset': '1',
  'ratelimit-policy': '"default";q=100;w=60',
  ratelimit: '"default";r=99;t=1',
};

function requestIdOf(headers: http.IncomingHttpHeaders): string {
  const given = String(headers['x-request-id']);
  return /^[A-Za-z0-9._-]{8,128}$/.test(given) ? given : 'made-by-the-server';
}

beforeAll(async () => {
  for (const server of servers) await server.listen();
});
beforeEach(() => {
  for (const { arrived } of servers) arrived.length = 0;
});
afterAll(() => {
  for (const server of servers) server.close();
  fs.rmSync(folder, { recursive: true });
});

/** @returns everything that the run has shown or written */
async function verify(url: string, ...args: string[]): Promise<{ code: number | undefined; shown: string }> {
  const files = ['report.xml', 'report.html'].map((name) => path.join(folder, name));
  for (const file of files) fs.rmSync(file, { force: true });
  const reports = ['--junit', files[0]!, '--html', files[1]!];
  const command = ['--import', 'tsx', 'src/cli.ts', 'verify', url, ...reports, ...args];
  const { exitCode, stdout, stderr } = await execa('node', command, {
    cwd: root,
    env: { VERIFY_TOKEN: token, NODE_OPTIONS: '', VITEST: '' },
    reject: false,
  });
  const written = files.filter((file) => fs.existsSync(file)).map((file) => fs.readFileSync(file, 'utf8'));
  return { code: exitCode, shown: [stdout, stderr, ...written].join('\n') };
}

/** The parts of the token that say nothing by themselves are short. */
function expectHidden(text: string): void {
  for (const form of [token, encodeURIComponent(token), token.slice(0, 20)]) expect(text).not.toContain(form);
}

describe.each([
  ['that answers as it should', good],
  ['that fails with what it was sent', echo],
])('an API %s', (_, api) => {
  test.each(['for people', '--json'])('gets nothing but reads without --write (%s)', async (output) => {
    const { code, shown } = await verify(api.origin, ...(output === '--json' ? [output] : []));
    expect(code, shown).toBe(1);
    const methods = new Set(api.arrived.map(({ method }) => method));
    expect([...methods].filter((method) => !['GET', 'HEAD', 'OPTIONS'].includes(method))).toEqual([]);
    for (const { url } of api.arrived) expectHidden(url);
    expect(api.arrived.some(({ url }) => url.includes('?access_token='))).toBe(api === good);
    // The token was used, and answers held it.
    const own = api.arrived.filter(({ headers }) => headers.authorization === `Bearer ${token}`);
    expect(own.length).toBeGreaterThan(3);
    expectHidden(shown);
  });

  test('gets writes with --write, and no request line holds the token', async () => {
    const { shown } = await verify(api.origin, '--write');
    const methods = new Set(api.arrived.map(({ method }) => method));
    for (const method of api === good ? ['POST', 'PUT', 'PATCH', 'DELETE'] : ['POST'])
      expect(methods).toContain(method);
    for (const { url } of api.arrived) expectHidden(url);
    expectHidden(shown);
  });
});

test('a redirect takes the token to no other origin', async () => {
  const { code } = await verify(redirecting.origin);
  expect(code).toBe(1);
  // The document was fetched there, by a request without credentials.
  expect(elsewhere.arrived.map(({ url }) => url)).toContain('/openapi.yaml');
  expect(redirecting.arrived.some(({ headers }) => headers.authorization)).toBe(true);
  for (const { url, headers } of elsewhere.arrived) {
    expect(headers.authorization).toBeUndefined();
    expectHidden(url);
  }
});

test('credentials of an address are not shown', async () => {
  const address = new URL(echo.origin);
  address.username = 'ada';
  address.password = 'correct-horse';
  for (const args of [[], ['--openapi', `${address}nowhere?access_token=${encodeURIComponent(token)}`]]) {
    const { shown } = await verify(address.href, ...args);
    expect(shown).not.toContain('correct-horse');
    expectHidden(shown);
  }
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE', 'get'])(
  'the client refuses %s when data must not change',
  async (method) => {
    const client = new Client(
      echo.origin,
      false,
      () => ({}),
      () => {},
    );
    await expect(client.send({ method, path: '/v1/products' })).rejects.toThrow(Refused);
    await expect(client.trySend({ method, path: '/v1/products' })).rejects.toThrow(`sends ${method}`);
    expect(echo.arrived).toEqual([]);
  },
);

test.each(['@127.0.0.2/v1', '.evil.example/v1'])(
  'the client goes to no other origin by the path %s',
  async (where) => {
    const client = new Client(
      'http://api.example',
      true,
      () => ({ authorization: `Bearer ${token}` }),
      () => {},
    );
    await expect(client.send({ path: where })).rejects.toThrow('another origin');
  },
);

test('rows send requests only by what they are given', () => {
  const checks = path.join(root, 'src/verify/checks');
  const senders = /node:(http|https|net|tls|http2|child_process)'|\bfetch\(|\/client\.js'/;
  const sources = fs
    .readdirSync(checks, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(50);
  const files = sources.filter((file) => senders.test(fs.readFileSync(path.join(checks, file), 'utf8')));
  expect(files).toEqual([]);
});
