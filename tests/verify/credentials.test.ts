import type http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { credentialsOf } from '../../src/verify/credentials.js';
import { hidden, hideInText } from '../../src/verify/http/secrets.js';
import { Recorder } from './recorder.js';

const issued = 'opaque/Token+of~4711=';
let text = JSON.stringify({ access_token: issued });
const issuer = new Recorder(({ headers }, response) => {
  const known = `Basic ${Buffer.from('c%3A1:s%C3%A9cret+of+c').toString('base64')}`;
  response.writeHead(headers.authorization === known ? 200 : 401).end(text);
});
beforeAll(() => issuer.listen());
afterAll(() => issuer.close());

const client = { VERIFY_CLIENT_ID: 'c:1', VERIFY_CLIENT_SECRET: 'sécret of c' };

test.each([
  [{}, {}],
  [{ VERIFY_TOKEN: 'a-token' }, { authorization: 'Bearer a-token' }],
  [{ VERIFY_HEADER: 'X-API-Key:  a key: of mine' }, { 'x-api-key': 'a key: of mine' }],
  [
    { VERIFY_HEADER: 'Cookie: session=1; b=2', VERIFY_TOKEN: 'another-token' },
    { cookie: 'session=1; b=2', authorization: 'Bearer another-token' },
  ],
  [{ VERIFY_HEADER: 'authorization: Basic YTpi' }, { authorization: 'Basic YTpi' }],
])('%o signs requests in with %o', async (env, headers) => {
  expect(await credentialsOf(env)).toEqual(headers);
  for (const value of Object.values(headers))
    expect(hideInText(`sent ${value.replace('Bearer ', '')} there`, hidden)).toBe('sent … there');
});

test('a client id and secret get a token', async () => {
  const env = { ...client, VERIFY_TOKEN_URL: `${issuer.origin}/token`, VERIFY_SCOPE: 'read write' };
  expect(await credentialsOf(env)).toEqual({ authorization: `Bearer ${issued}` });
  expect(issuer.arrived.at(-1)).toMatchObject({
    method: 'POST',
    headers: { 'content-type': expect.stringContaining('application/x-www-form-urlencoded') },
  });
  for (const value of [issued, 'sécret of c']) expect(hideInText(`a ${value} b`, hidden)).toBe('a … b');
});

test.each([
  [{ VERIFY_HEADER: 'no header' }, 'VERIFY_HEADER: is a name and a value'],
  [client, 'VERIFY_CLIENT_ID: needs the token endpoint in VERIFY_TOKEN_URL'],
  [
    { ...client, VERIFY_CLIENT_SECRET: 'other', VERIFY_TOKEN_URL: 'issuer' },
    'gives no token for VERIFY_CLIENT_ID (status 401)',
  ],
  [{ ...client, VERIFY_TOKEN_URL: 'http://127.0.0.1:9/token' }, '/token gives no token'],
])('%o is told', async (env, message) => {
  const url = (env as Record<string, string>).VERIFY_TOKEN_URL?.replace('issuer', `${issuer.origin}/token`);
  await expect(credentialsOf({ ...env, ...(url ? { VERIFY_TOKEN_URL: url } : {}) })).rejects.toThrow(message);
});

describe('a sign-in as people do', () => {
  const password = 'correct horse 4711';
  const login = JSON.stringify({ user: 'ci', password });
  const answers: Record<string, [number, http.OutgoingHttpHeaders, string]> = {
    '/token': [200, {}, '{"accessToken":"token-4711"}'],
    '/nested': [201, {}, '{"data":{"token":"token-4712"}}'],
    '/cookie': [302, { 'set-cookie': ['sid=4713; HttpOnly', 'csrf=4714'], location: '/home' }, ''],
    '/refused': [401, {}, '{"token":"no"}'],
    '/empty': [200, {}, 'welcome'],
  };
  const api = new Recorder(({ url }, response) => {
    const [status, headers, body] = answers[url]!;
    response.writeHead(status, headers).end(body);
  });
  beforeAll(() => api.listen());
  afterAll(() => api.close());

  test.each([
    ['/token', login, { authorization: 'Bearer token-4711' }],
    ['/nested', `user=ci&password=${encodeURIComponent(password)}`, { authorization: 'Bearer token-4712' }],
    ['/cookie', login, { cookie: 'sid=4713; csrf=4714' }],
  ])('%s', async (place, body, headers) => {
    const env = { VERIFY_LOGIN: body, VERIFY_LOGIN_URL: `${api.origin}${place}` };
    expect(await credentialsOf(env)).toEqual(headers);
    const type = body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded';
    expect(api.arrived.at(-1)!.headers['content-type']).toContain(type);
    expect(hideInText(`a ${password} b ci`, hidden)).toBe('a … b ci');
  });

  test.each([
    ['/refused', '(status 401)'],
    ['/empty', '(status 200)'],
  ])('%s gives none', async (place, status) => {
    const env = { VERIFY_LOGIN: login, VERIFY_LOGIN_URL: `${api.origin}${place}` };
    await expect(credentialsOf(env)).rejects.toThrow(
      `gives neither a token nor cookies for VERIFY_LOGIN ${status}`,
    );
  });

  test('needs a URL, and a body that can be read', async () => {
    await expect(credentialsOf({ VERIFY_LOGIN: login })).rejects.toThrow('needs the URL of the sign-in');
    const env = { VERIFY_LOGIN: '{"user', VERIFY_LOGIN_URL: `${api.origin}/token` };
    await expect(credentialsOf(env)).rejects.toThrow('is a body in JSON, or a form');
  });
});

test('an endpoint that answers with no token is told', async () => {
  text = '{}';
  const env = { ...client, VERIFY_TOKEN_URL: `${issuer.origin}/token` };
  await expect(credentialsOf(env)).rejects.toThrow('gives no token for VERIFY_CLIENT_ID (status 200)');
});
