import http from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';

interface Described {
  requestBody?: { required?: boolean };
  'x-body-limit'?: number;
}

let place: Surroundings;
let api: Api;
let operations: (Described & { method: string; path: string })[];

beforeAll(async () => {
  place = await surroundings();
  api = await startInstance(place);
  const { paths } = (await api.send('GET', '/openapi.json')).body;
  operations = Object.entries<Record<string, Described>>(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

/** Sends a body to the first operation that creates something which is not public. */
async function create(body: string | Buffer, headers: Record<string, string> = {}) {
  const [path] = [...paths].find(([, methods]) => methods.includes('POST') && methods.includes('GET'))!;
  const response = await fetch(api.url + path, {
    method: 'POST',
    headers: { ...api.as.editor, 'content-type': 'application/json', ...headers },
    body,
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as { type: string; errors: object[] },
  };
}

test('a body that is not UTF-8 is malformed', async () => {
  for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80]]) {
    const answer = await create(
      Buffer.concat([Buffer.from('{"x":"'), Buffer.from(bytes), Buffer.from('"}')]),
    );
    expect([bytes, answer.status]).toEqual([bytes, 400]);
    expect(answer.body.type).toContain('malformed-request');
  }
  expect((await create('{"x":"é"}')).status).toBe(422);
});

test('another charset than UTF-8 is not taken', async () => {
  for (const charset of ['iso-8859-1', '"iso-8859-1"', 'utf-16']) {
    const answer = await create('{}', { 'content-type': `application/json; charset=${charset}` });
    expect([charset, answer.status]).toEqual([charset, 415]);
  }
  for (const type of [
    'application/json; charset=UTF-8',
    'application/json;charset="utf-8"',
    'Application/JSON',
  ]) {
    expect([type, (await create('{}', { 'content-type': type })).status]).toEqual([type, 422]);
  }
});

test('a content coding is not taken, whether it was applied or not', async () => {
  for (const coding of ['gzip', 'GZIP', 'br', 'identity, gzip']) {
    const answer = await create('{}', { 'content-encoding': coding });
    expect([coding, answer.status]).toEqual([coding, 415]);
    expect(answer.headers.get('accept-encoding')).toBe('identity');
  }
  expect((await create('{}', { 'content-encoding': 'identity' })).status).toBe(422);
});

test('the depth of a body is bounded', async () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  expect((await create(nested(32))).status).toBe(422);
  for (const levels of [33, 1000, 100_000]) {
    const answer = await create(nested(levels));
    expect([levels, answer.status]).toEqual([levels, 400]);
    expect(answer.body.type).toContain('malformed-request');
  }
});

test('the number of members and of errors is bounded', async () => {
  const members = (count: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 0])));
  const many = await create(members(1000));
  expect(many.status).toBe(422);
  expect(many.body.errors.length).toBeLessThanOrEqual(50);
  for (const body of [members(1001), members(20_000), `{"x":[${members(600)},${members(600)}]}`]) {
    expect((await create(body)).status).toBe(400);
  }
});

test('the body limit of an operation holds for sized and chunked bodies', async () => {
  const limited = operations.filter((operation) => operation['x-body-limit'] !== undefined);
  for (const { method, path, 'x-body-limit': limit = 0 } of limited) {
    for (const framing of [{ 'content-length': limit + 1 }, { 'transfer-encoding': 'chunked' }]) {
      const headers = { 'content-type': 'application/json', ...framing };
      const status = await new Promise((resolve, reject) => {
        const request = http.request(api.url + path, { method, headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on('error', reject);
        request.end(`"${'x'.repeat(limit - 1)}"`);
      });
      expect([path, framing, status]).toEqual([path, framing, 413]);
    }
  }
});

test('an optional body may be missing, although its type is named', async () => {
  const optional = operations.filter(({ requestBody }) => requestBody && !requestBody.required);
  for (const { method, path } of optional) {
    const headers = { 'content-type': 'application/json', ...api.as.admin };
    const { status } = await api.send(method, path, { headers });
    expect([path, [202, 204].includes(status) || status]).toEqual([path, true]);
  }
});
