import { createHmac, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import { loadConfig } from '../../src/config.js';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';
import { openIssuer } from '../support/issuer.js';

let place: Surroundings;
let api: Api;

beforeAll(async () => {
  place = await surroundings();
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

/** An issuer and what checks its tokens; both end with the test. */
async function opened(settings: Record<string, string> = {}) {
  const issuer = await openIssuer('the-api');
  const environment = { ...place.environment, OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'the-api' };
  const config = loadConfig({ ...environment, OIDC_KEYS_COOLDOWN_S: '1', ...settings });
  const tokens = new AccessTokens(config, api.parts.log);
  onTestFinished(() => {
    tokens.close();
    issuer.close();
  });
  const read = async (token: string) => tokens.authenticate(`Bearer ${token}`);
  return { issuer, read };
}

const unauthenticated = { type: 'unauthenticated' };
const cooldown = () => new Promise((resolve) => setTimeout(resolve, 1100));

test('a token of the issuer says who calls', async () => {
  const answer = await api.send('GET', '/v1/me', { headers: api.as.editor });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body).toEqual({ id: 'editor', roles: ['reader', 'editor'] });
  expect(answer.headers.get('cache-control')).toBe('private, no-cache');
});

test('roles: a reader may not write, an editor may not delete', async () => {
  const [path] = [...paths].find(
    ([, methods]) => methods.includes('DELETE') && methods.includes('PATCH'),
  ) ?? [''];
  const one = path.replace('{id}', randomUUID());
  expect((await api.send('DELETE', one)).status).toBe(401);
  expect((await api.send('DELETE', one, { headers: api.as.editor })).status).toBe(403);
  expect((await api.send('DELETE', one, { headers: api.as.admin })).status).toBe(404);
});

test('the page of documentation gets what it needs to sign in', async () => {
  const { body } = await api.send('GET', '/docs/sign-in.json', { anonymous: true });
  const { OIDC_ISSUER: issuer } = api.parts.config;
  expect(body).toEqual({ issuer, clientId: 'docs', scope: 'openid' });
});

test('without credentials the challenge names no error', async () => {
  const answer = await api.send('GET', '/v1/me', { anonymous: true });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
});

test('a forged token is refused, whatever is wrong with it', async () => {
  const { issuer, read } = await opened();
  const now = Math.floor(Date.now() / 1000);
  const good = await issuer.sign();
  expect(await read(good)).toEqual({ id: 'ada', roles: ['reader', 'editor'] });
  const [head = '', body = ''] = good.split('.');
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString());
  const other = await generateKeyPair('ES256');
  const jwk = await exportJWK(other.publicKey);
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hmac = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${body}`;
  const forged = {
    expired: await issuer.sign({ exp: now - 60 }),
    endless: await issuer.sign({ exp: undefined }),
    early: await issuer.sign({ nbf: now + 60 }),
    otherIssuer: await issuer.sign({ iss: 'https://id.example.com' }),
    otherAudience: await issuer.sign({ aud: ['another-api'] }),
    noSubject: await issuer.sign({ sub: undefined }),
    longSubject: await issuer.sign({ sub: 'x'.repeat(256) }),
    unprintableSubject: await issuer.sign({ sub: 'ada\0' }),
    idToken: await issuer.sign({}, { typ: 'JWT' }),
    otherKey: await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .sign(other.privateKey),
    embeddedKey: await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', jwk })
      .sign(other.privateKey),
    noAlgorithm: `${part({ typ: 'at+jwt', kid })}.${good.slice(head.length + 1)}`,
    unsigned: `${part({ alg: 'none', typ: 'at+jwt', kid })}.${body}.`,
    publicKeyAsSecret: `${hmac}.${createHmac('sha256', JSON.stringify(jwk)).update(hmac).digest('base64url')}`,
  };
  for (const [name, token] of Object.entries(forged))
    await expect(read(token), name).rejects.toMatchObject(unauthenticated);
});

test('access tokens without a type are accepted when the setting allows them, ID tokens never', async () => {
  const { issuer, read } = await opened({ OIDC_TOKEN_TYPE: 'JWT' });
  for (const [claims, typ] of [
    [{}, 'JWT'],
    [{ token_use: 'access' }, undefined],
    [{ typ: 'Bearer' }, 'JWT'],
  ] as const)
    expect(await read(await issuer.sign(claims, { typ }))).toMatchObject({ id: 'ada' });
  for (const claims of [{ nonce: 'n' }, { at_hash: 'h' }, { token_use: 'id' }, { typ: 'ID' }])
    await expect(read(await issuer.sign(claims, { typ: 'JWT' }))).rejects.toMatchObject(unauthenticated);
  await expect(read(await issuer.sign({}, { typ: 'logout+jwt' }))).rejects.toMatchObject(unauthenticated);
});

test.each([
  ['realm_access.roles', { realm_access: { roles: ['admin', 'offline_access'] } }],
  ['https://shop.example.com/roles', { 'https://shop.example.com/roles': ['admin'] }],
])('roles are read from the claim %s', async (claim, claims) => {
  const { issuer, read } = await opened({ OIDC_ROLES_CLAIM: claim });
  expect(await read(await issuer.sign(claims))).toMatchObject({ roles: ['reader', 'editor', 'admin'] });
  expect(await read(await issuer.sign({ roles: ['admin'] }))).toMatchObject({ roles: [] });
});

test('the tenant is read from the claim of the settings', async () => {
  const { issuer, read } = await opened({ OIDC_TENANT_CLAIM: 'org.id' });
  expect(await read(await issuer.sign({ org: { id: 'acme' } }))).toMatchObject({ tenant: 'acme' });
  for (const id of ['', 'two words', 'x'.repeat(256), ['acme'], 7, null])
    expect((await read(await issuer.sign({ org: { id }, tenant: 'a' })))?.tenant).toBeUndefined();
});

test('the audience can be in another claim', async () => {
  const { issuer, read } = await opened({ OIDC_AUDIENCE_CLAIM: 'client_id' });
  expect(await read(await issuer.sign({ client_id: 'the-api' }))).toMatchObject({ id: 'ada' });
  await expect(read(await issuer.sign())).rejects.toMatchObject(unauthenticated);
});

test('keys are fetched once for unknown keys, and kept while the issuer is down', async () => {
  const { issuer, read } = await opened();
  const known = await issuer.sign();
  await read(known);
  await cooldown();
  const before = issuer.fetches();
  const unknown = async () => read(await issuer.sign({}, { kid: randomUUID() }));
  const refused = await Promise.allSettled(Array.from({ length: 5 }, unknown));
  expect(refused.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
  expect(issuer.fetches()).toBe(before + 1);

  issuer.setDown(true);
  await cooldown();
  await expect(unknown()).rejects.toMatchObject({
    type: 'dependency-unavailable',
    headers: { 'retry-after': '1' },
  });
  for (const token of [known, await issuer.sign()]) expect(await read(token)).toMatchObject({ id: 'ada' });

  issuer.setDown(false);
  await issuer.rotate();
  await cooldown();
  expect(await read(await issuer.sign())).toMatchObject({ id: 'ada' });
  await expect(read(known)).rejects.toMatchObject(unauthenticated);
});

test.each([
  [{ OIDC_ISSUER: 'http://id.example.com' }, /OIDC_ISSUER must be an HTTPS URL/],
  [{ OIDC_ALGORITHMS: 'RS256,HS256' }, /OIDC_ALGORITHMS must name asymmetric/],
])('%o stops the start', async (settings, message) => {
  await expect(
    startInstance({ ...place, environment: { ...place.environment, ...settings } }),
  ).rejects.toThrow(message);
});
