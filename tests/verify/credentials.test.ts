import { afterAll, beforeAll, expect, test } from 'vitest';
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
  [{ ...client, VERIFY_TOKEN_URL: 'http://127.0.0.1:9/token' }, '/token: gives no token'],
])('%o is told', async (env, message) => {
  const url = (env as Record<string, string>).VERIFY_TOKEN_URL?.replace('issuer', `${issuer.origin}/token`);
  await expect(credentialsOf({ ...env, ...(url ? { VERIFY_TOKEN_URL: url } : {}) })).rejects.toThrow(message);
});

test('an endpoint that answers with no token is told', async () => {
  text = '{}';
  const env = { ...client, VERIFY_TOKEN_URL: `${issuer.origin}/token` };
  await expect(credentialsOf(env)).rejects.toThrow('gives no token for VERIFY_CLIENT_ID (status 200)');
});
