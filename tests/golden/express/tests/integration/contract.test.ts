import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/auth/roles.js';
import {
  type Api,
  operations,
  paths,
  type Surroundings,
  startInstance,
  surroundings,
} from '../support/api.js';
import { mayAct } from '../support/callers.js';

let place: Surroundings;
let api: Api;

beforeAll(async () => {
  place = await surroundings({ BODY_LIMIT_BYTES: '2048', CORS_ORIGINS: 'https://app.example' });
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

/** The first list of the contract: what holds for it holds for all. */
const listPath = () =>
  [...paths].find(([, methods]) => methods.includes('POST') && methods.includes('GET'))![0];

test('the contract is served as it stands, and every operation of it', async () => {
  const yaml = await api.send('GET', '/openapi.yaml');
  expect(yaml.text).toBe(readFileSync('openapi.yaml', 'utf8'));
  const json = await api.send('GET', '/openapi.json');
  expect(Object.keys(json.body.paths)).toEqual([...paths.keys()]);
});

test('the documentation page needs no other host', async () => {
  const page = await api.send('GET', '/docs');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.text).not.toMatch(/(src|href)="https?:/);
  const loaded = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
  expect(loaded).toContain('/docs/docs.js');
  for (const path of loaded) expect([path, (await api.send('GET', path)).status]).toEqual([path, 200]);
});

test('documents are sent compressed to clients that accept it, and not again to clients that have them', async () => {
  for (const path of ['/docs', '/docs/swagger-ui.js', '/openapi.yaml', '/openapi.json']) {
    const ask = (headers: Record<string, string>) => api.send('GET', path, { headers });
    const plain = await ask({ 'accept-encoding': 'identity' });
    const compressed = await ask({ 'accept-encoding': 'gzip, br' });
    expect([path, plain.headers.get('content-encoding')]).toEqual([path, null]);
    expect([path, compressed.headers.get('content-encoding')]).toEqual([path, 'gzip']);
    expect(compressed.text).toBe(plain.text);
    for (const { headers } of [plain, compressed]) expect(headers.get('vary')).toContain('accept-encoding');
    const [tag, other] = [plain, compressed].map(({ headers }) => headers.get('etag') as string);
    expect(tag).not.toBe(other);
    const known = await ask({ 'accept-encoding': 'gzip', 'if-none-match': `"x", W/${other}` });
    expect([path, known.status, known.text, known.headers.get('etag')]).toEqual([path, 304, '', other]);
    expect((await ask({ 'accept-encoding': 'gzip', 'if-none-match': '"x"' })).status).toBe(200);
  }
});

for (const { method, path, open, role, policy } of operations) {
  test(`${method} ${path} asks for the sign-in, role and limit of openapi.yaml`, async () => {
    const send = (headers: Record<string, string>) =>
      api.send(method, path.replace(/\{\w+\}/g, randomUUID()), { headers, anonymous: true });
    const anonymous = await send(api.as.nobody);
    expect(anonymous.status === 401).toBe(!open);
    const told = /^"(.+?)"/.exec(anonymous.headers.get('ratelimit-policy') ?? '')?.[1] ?? 'none';
    expect(told).toBe(policy);
    for (const caller of roles) {
      const allowed = role === undefined || mayAct(caller, role);
      const { status } = await send(api.as[caller]);
      expect([caller, status === 403]).toEqual([caller, !allowed]);
    }
  });
}

test('an unknown path is 404 in the form of RFC 9457', async () => {
  const answer = await api.send('GET', '/v1/nowhere?secret=1', {
    headers: { 'x-request-id': 'from-the-caller' },
  });
  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({
    type: expect.stringContaining('not-found'),
    status: 404,
    instance: '/v1/nowhere',
  });
  expect(answer.body.requestId).toBe('from-the-caller');
  expect(answer.headers.get('x-request-id')).toBe('from-the-caller');
});

test('a wrong method is 405 and says which are right', async () => {
  for (const method of ['DELETE', 'QUERY']) {
    const answer = await api.send(method, listPath());
    expect([method, answer.status]).toEqual([method, 405]);
    expect(answer.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS');
  }
  const options = await api.send('OPTIONS', listPath());
  expect(options.status).toBe(204);
  expect(options.headers.get('allow')).toContain('POST');
});

test('a path is taken as it is written', async () => {
  const status = async (path: string) => (await api.send('GET', path)).status;
  expect(await status(`${listPath()}/%zz`)).toBe(400);
  expect(await status('/nowhere/%zz')).toBe(400);
  expect(await status(`${listPath()}/${'x'.repeat(300)}`)).toBe(404);
  expect(await status(`${listPath()}/`)).toBe(404);
  expect(await status(listPath().toUpperCase())).toBe(404);
});

test('documents can only be read', async () => {
  for (const path of ['/docs', '/openapi.yaml']) {
    const answer = await api.send('POST', path);
    expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, 'GET, HEAD, OPTIONS']);
  }
});

test('HEAD is GET without a body', async () => {
  const [head, get] = [await api.send('HEAD', listPath()), await api.send('GET', listPath())];
  expect(head.status).toBe(200);
  expect(head.text).toBe('');
  expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
});

test('a body that cannot be read is refused before it is validated', async () => {
  const send = (body: string, type = 'application/json') =>
    api.send('POST', listPath(), { body, headers: { ...api.as.editor, 'content-type': type } });
  expect((await send('{"a":')).status).toBe(400);
  expect((await send('{"__proto__":{"admin":true}}')).status).toBe(400);
  expect((await send('<a/>', 'application/xml')).status).toBe(415);
  expect((await send(JSON.stringify('x'.repeat(3000)))).status).toBe(413);
  const accept = await api.send('GET', listPath(), { headers: { accept: 'application/xml' } });
  expect(accept.status).toBe(406);
});

test('a chunked body is cut at the limit', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = { ...api.as.editor, 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const request = http.request(api.url + listPath(), { method: 'POST', headers }, (response) =>
      resolve(response.statusCode),
    );
    request.on('error', reject);
    request.write(`"${'x'.repeat(4000)}`);
    request.end('"');
  });
  expect(status).toBe(413);
});

test('what is no HTTP is answered in the same form', async () => {
  const { port } = new URL(api.url);
  const text = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('NOT HTTP\r\n\r\n'));
    let all = '';
    socket.on('data', (chunk) => {
      all += chunk;
    });
    socket.on('close', () => resolve(all));
  });
  expect(text).toContain('HTTP/1.1 400');
  expect(text).toContain('application/problem+json');
});

test('answers carry the security headers and do not name the software', async () => {
  const { headers } = await api.send('GET', listPath());
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('server')).toBeNull();
  expect(headers.get('x-powered-by')).toBeNull();
});

test('only listed origins may call from a browser', async () => {
  const origin = async (value: string) =>
    (await api.send('GET', listPath(), { headers: { origin: value } })).headers.get(
      'access-control-allow-origin',
    );
  expect(await origin('https://app.example')).toBe('https://app.example');
  expect(await origin('https://evil.example')).toBeNull();
  expect(await origin('null')).toBeNull();
});

test('probes answer; metrics are not on this port', async () => {
  expect((await api.send('GET', '/livez')).body).toEqual({ status: 'alive' });
  expect((await api.send('GET', '/readyz')).body).toMatchObject({
    status: 'ready',
    checks: { database: 'up' },
  });
  expect((await api.send('GET', '/metrics')).status).toBe(404);
});

test('a thousand unknown paths add no time series', async () => {
  const series = async () =>
    (await api.parts.metrics.expose())
      .split('\n')
      .filter((line) => line.startsWith('http_server_request_duration_seconds_count')).length;
  await api.send('GET', '/random/0');
  const before = await series();
  await Promise.all(Array.from({ length: 100 }, (_, index) => api.send('GET', `/random/${index}`)));
  expect(await series()).toBe(before);
});

test('the limit holds over two instances, and Retry-After says when to come back', async () => {
  const limited = await surroundings({
    ...place.environment,
    CACHE_PREFIX: `${Date.now()}`,
    RATE_LIMIT_WRITE: '5',
    // Long: nothing is refilled during the test.
    RATE_LIMIT_WINDOW_S: '3600',
  });
  const instances = [await startInstance(limited), await startInstance(limited)];
  const shared = limited.environment.REDIS_URL !== '';
  const answers = [];
  for (let index = 0; index < 8; index += 1) {
    const instance = instances[shared ? index % 2 : 0]!;
    answers.push(await instance.send('POST', listPath(), { body: {}, headers: instances[0]!.as.editor }));
  }
  expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422, 429, 429, 429]);
  const last = answers.at(-1)!;
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(last.headers.get('x-ratelimit-limit')).toBe('5');
  for (const instance of instances) await instance.close();
  await limited.drop();
});

test('an instance that is full refuses at once, but its probes answer', async () => {
  api.parts.shedding.inflight += 1_000_000;
  try {
    const answer = await api.send('GET', listPath());
    expect(answer.status).toBe(503);
    expect(answer.body.type).toContain('overloaded');
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect((await api.send('GET', '/livez')).status).toBe(200);
  } finally {
    api.parts.shedding.inflight -= 1_000_000;
  }
});

test('while draining it still serves, says so, and closes connections', async () => {
  api.parts.lifecycle.phase = 'draining';
  try {
    expect((await api.send('GET', '/readyz')).status).toBe(503);
    const answer = await api.send('GET', listPath());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('connection')).toBe('close');
  } finally {
    api.parts.lifecycle.phase = 'ready';
  }
});
