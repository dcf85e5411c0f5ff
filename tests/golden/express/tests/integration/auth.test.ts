import { createHmac, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import { readSigningKeys, withLineBreaks } from '../../src/auth/signing-keys.js';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';
import { openMailbox } from '../support/mailbox.js';

const password = 'a long enough sentence';
let mailbox: Awaited<ReturnType<typeof openMailbox>>;
let place: Surroundings;
let api: Api;

beforeAll(async () => {
  mailbox = await openMailbox();
  place = await surroundings(mailbox.environment);
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
  await mailbox.stop();
});

const newEmail = () => `${randomUUID()}@example.com`;
const post = (path: string, body: unknown) => api.send('POST', `/v1/auth/${path}`, { body });
const register = (email: string, word = password) => mailbox.register(api, email, word);
const me = (token: string) => api.send('GET', '/v1/me', { headers: { authorization: `Bearer ${token}` } });

test('who registers is signed in and may read', async () => {
  const email = newEmail();
  const answer = await register(email);
  expect(answer.status, answer.text).toBe(201);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.body.account).toMatchObject({ email, roles: ['reader'] });
  expect((await me(answer.body.accessToken)).body.email).toBe(email);
});

test('a wrong password and an unknown account get the same response', async () => {
  const email = newEmail();
  await register(email);
  const wrong = await post('login', { email, password: 'another long sentence' });
  const unknown = await post('login', { email: newEmail(), password });
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect(wrong.body.detail).toBe(unknown.body.detail);
  expect((await post('login', { email, password })).status).toBe(200);
});

test.each(['password1234', '{email}', '{service}-{service}'])(
  '%s is guessed first and refused',
  async (weak) => {
    const email = newEmail();
    const word = weak.replace('{email}', email).replaceAll('{service}', api.parts.config.OTEL_SERVICE_NAME);
    const answer = await register(email, word);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].pointer).toBe('#/password');
  },
);

/** Runs `work` as if it were that much later. */
async function later<Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> {
  vi.useFakeTimers({ now: Date.now() + milliseconds, toFake: ['Date'] });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}

const signIn = async () => (await register(newEmail())).body.refreshToken;
const refresh = (refreshToken: string) => post('refresh', { refreshToken });

test('a refresh token that was exchanged a moment ago is a conflict, and the session lives', async () => {
  const first = await signIn();
  const second = await refresh(first);
  expect(second.status, second.text).toBe(200);
  for (const elapsed of [0, 5_000]) {
    const again = await later(elapsed, () => refresh(first));
    expect([again.status, again.headers.get('retry-after')]).toEqual([409, '1']);
    expect(again.body.type).toContain('conflict');
    expect(again.headers.get('cache-control')).toBe('no-store');
  }
  expect((await refresh(second.body.refreshToken)).status).toBe(200);
});

test('a refresh token that was exchanged long ago ends the session', async () => {
  const first = await signIn();
  const second = await refresh(first);
  expect((await later(11_000, () => refresh(first))).status).toBe(401);
  expect((await refresh(second.body.refreshToken)).status).toBe(401);
});

test('a refresh token that was exchanged twice ago ends the session at once', async () => {
  const first = await signIn();
  const second = (await refresh(first)).body.refreshToken;
  const third = (await refresh(second)).body.refreshToken;
  expect((await refresh(first)).status).toBe(401);
  expect((await refresh(third)).status).toBe(401);
});

test('of several refreshes at once one succeeds, and the session goes on', async () => {
  const first = await signIn();
  const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(first)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
  const { body } = answers.find(({ status }) => status === 200)!;
  expect((await refresh(body.refreshToken)).status).toBe(200);
});

test('without a time of grace a refresh token that comes again ends the session', async () => {
  const strict = await startInstance({
    ...place,
    environment: { ...place.environment, REFRESH_GRACE_S: '0' },
  });
  const send = (refreshToken: string) => strict.send('POST', '/v1/auth/refresh', { body: { refreshToken } });
  const first = await signIn();
  const second = await send(first);
  expect((await send(first)).status).toBe(401);
  expect((await send(second.body.refreshToken)).status).toBe(401);
  await strict.close();
}, 60_000);

test('refused sign-ins and reused tokens are logged with the address, without e-mail or password', async () => {
  const warn = vi.spyOn(api.parts.log, 'warn');
  /** Fields of the security events; a busy machine may warn of more. */
  const events = () => warn.mock.calls.flatMap(([fields]) => ('event' in (fields as object) ? [fields] : []));
  try {
    const email = newEmail();
    await register(email);
    const requestId = randomUUID();
    const attempt = (address: string) =>
      api.send('POST', '/v1/auth/login', {
        body: { email: address, password: 'another long sentence' },
        headers: { 'x-request-id': requestId },
      });
    expect((await attempt(email)).status).toBe(401);
    const accountHash = createHmac('sha256', api.parts.config.CURSOR_SECRET)
      .update(`account:${email}`)
      .digest('hex')
      .slice(0, 16);
    const failure = { event: 'authn_login_fail', clientAddress: '127.0.0.1', accountHash, requestId };
    expect(events()).toEqual([failure]);
    // An account that does not exist is logged in the same way, whatever the case of its address.
    expect((await attempt(email.toUpperCase())).status).toBe(401);
    const unknown = newEmail();
    expect((await attempt(unknown)).status).toBe(401);
    expect(events()[1]).toEqual(failure);
    expect(events()[2]).toMatchObject({ event: 'authn_login_fail' });
    expect(JSON.stringify(warn.mock.calls)).not.toMatch(/@example|another long/i);

    warn.mockClear();
    const { refreshToken, account } = (await post('login', { email, password })).body;
    const second = (await refresh(refreshToken)).body.refreshToken;
    expect((await refresh(refreshToken)).status).toBe(409);
    expect(events()).toEqual([]);
    await refresh(second);
    const answer = await refresh(refreshToken);
    expect(answer.status).toBe(401);
    expect(events()).toEqual([
      {
        event: 'authn_token_reuse',
        clientAddress: '127.0.0.1',
        accountId: account.id,
        requestId: answer.headers.get('x-request-id'),
      },
    ]);
  } finally {
    warn.mockRestore();
  }
});

test('who signs out cannot refresh', async () => {
  const { refreshToken } = (await register(newEmail())).body;
  expect((await post('logout', { refreshToken })).status).toBe(204);
  expect((await post('refresh', { refreshToken })).status).toBe(401);
});

test('without credentials the challenge names no error', async () => {
  const answer = await api.send('GET', '/v1/me', { anonymous: true });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
});

test('a forged token is refused, whatever is wrong with it, with the same answer', async () => {
  const { config } = api.parts;
  const keys = await readSigningKeys(config.JWT_PRIVATE_KEY, '');
  const { kid, privateKey } = keys.current;
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Math.floor(Date.now() / 1000);
  const sign = (changes: {
    header?: object;
    subject?: string;
    expires?: number;
    key?: Parameters<SignJWT['sign']>[0];
  }) =>
    new SignJWT({ roles: ['admin'] })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...changes.header })
      .setIssuer(config.JWT_ISSUER)
      .setAudience(config.JWT_AUDIENCE)
      .setSubject(changes.subject ?? randomUUID())
      .setJti(randomUUID())
      .setIssuedAt(now - 10)
      .setExpirationTime(changes.expires ?? now + 60)
      .sign(changes.key ?? privateKey);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    roles: ['admin'],
    iss: config.JWT_ISSUER,
    aud: config.JWT_AUDIENCE,
    sub: randomUUID(),
    jti: '1',
    iat: now,
    exp: now + 60,
  };
  const publicPem = createPublicKey(withLineBreaks(config.JWT_PRIVATE_KEY)).export({
    type: 'spki',
    format: 'pem',
  });
  const hmacInput = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${part(claims)}`;
  const good = await sign({});
  const forged = {
    expired: await sign({ expires: now - 60 }),
    otherKey: await sign({ key: other.privateKey }),
    embeddedKey: await sign({ key: other.privateKey, header: { jwk: await exportJWK(other.publicKey) } }),
    unknownKid: await sign({ header: { kid: 'unknown' } }),
    subjectThatIsNoUuid: await sign({ subject: 'admin' }),
    otherType: await sign({ header: { typ: 'JWT' } }),
    noAlgorithm: `${part({ alg: 'none', typ: 'at+jwt', kid })}.${part(claims)}.`,
    publicKeyAsSecret: `${hmacInput}.${createHmac('sha256', publicPem).update(hmacInput).digest('base64url')}`,
    changed: `${good.slice(0, -4)}AAAA`,
  };
  const answers = new Set<string>();
  for (const [name, token] of Object.entries(forged)) {
    const answer = await api.send('DELETE', '/v1/me', { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(405);
    const read = await me(token);
    expect([name, read.status]).toEqual([name, 401]);
    expect(read.headers.get('www-authenticate')).toContain('error="invalid_token"');
    answers.add(`${read.body.title} ${read.body.detail}`);
  }
  expect(answers.size).toBe(1);
});

test('a token that has been seen before is still refused once it has expired', async () => {
  const { config } = api.parts;
  const keys = await readSigningKeys(config.JWT_PRIVATE_KEY, '');
  const tokens = new AccessTokens({ ...config, ACCESS_TOKEN_TTL_S: 1 }, keys);
  const header = `Bearer ${await tokens.issue({ id: randomUUID(), roles: [] })}`;
  expect(await tokens.authenticate(header)).toBeDefined();
  vi.useFakeTimers({ now: Date.now() + 20_000, toFake: ['Date'] });
  try {
    await expect((async () => tokens.authenticate(header))()).rejects.toMatchObject({
      type: 'unauthenticated',
    });
  } finally {
    vi.useRealTimers();
  }
});

test('a token is verified once, however its header is written', async () => {
  const { config } = api.parts;
  const keys = await readSigningKeys(config.JWT_PRIVATE_KEY, '');
  const tokens = new AccessTokens(config, keys);
  const token = await tokens.issue({ id: randomUUID(), roles: ['reader'] });
  const lookUp = vi.spyOn(keys.verifying, 'get');
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    for (let spaces = 1; spaces <= 20; spaces += 1) {
      const principal = await tokens.authenticate(`${scheme}${' '.repeat(spaces)}${token}`);
      expect(principal?.roles).toEqual(['reader']);
    }
  }
  expect(lookUp).toHaveBeenCalledTimes(1);
});

test('a long Authorization header is refused, whatever it holds', async () => {
  const token = api.as.reader.authorization.replace('Bearer ', '');
  const send = (authorization: string) => api.send('GET', '/v1/me', { headers: { authorization } });
  const padding = ' '.repeat(4097 - 'Bearer'.length - token.length);
  for (const header of [`Bearer${padding}${token}`, `Basic ${'a'.repeat(5000)}`]) {
    const answer = await send(header);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  }
  const { config } = api.parts;
  const tokens = new AccessTokens(config, await readSigningKeys(config.JWT_PRIVATE_KEY, ''));
  expect(await tokens.authenticate(`Bearer${padding.slice(1)}${token}`)).toBeDefined();
});

test('the sixth attempt in the window of the limit is refused, even with the right password', async () => {
  const limited = await surroundings({
    ...place.environment,
    CACHE_PREFIX: randomUUID(),
    RATE_LIMIT_AUTH: '5',
    RATE_LIMIT_WINDOW_S: '3600',
  });
  const instance = await startInstance(limited);
  const email = newEmail();
  const attempt = (word: string) =>
    instance.send('POST', '/v1/auth/login', { body: { email, password: word } });
  for (let count = 0; count < 5; count += 1) expect((await attempt('some wrong sentence')).status).toBe(401);
  expect((await attempt(password)).status).toBe(429);
  await instance.close();
  await limited.drop();
});

test('guesses at an account are bounded over all addresses, and its owner still signs in', async () => {
  const quota = 3;
  const limited = await surroundings({
    ...place.environment,
    CACHE_PREFIX: randomUUID(),
    RATE_LIMIT_AUTH_FAILURES: `${quota}`,
    TRUST_PROXY_HOPS: '1',
  });
  const instances = [await startInstance(limited), await startInstance(limited)];
  const shared = limited.environment.REDIS_URL ? instances : instances.slice(0, 1);
  let turn = 0;
  const send = (path: string, email: string, word: string, address = `198.18.0.${turn}`) => {
    turn += 1;
    return shared[turn % shared.length]!.send('POST', `/v1/auth/${path}`, {
      body: { email, password: word },
      headers: { 'x-forwarded-for': address },
    });
  };
  const guess = (email: string, address?: string) => send('login', email, 'some wrong sentence', address);
  const email = newEmail();
  const home = '203.0.113.9';
  const atHome = { 'x-forwarded-for': home };
  expect((await mailbox.register(shared[0]!, email, password, atHome)).status).toBe(201);
  // A sign-in that succeeds does not count, from wherever it comes.
  for (let count = 0; count <= quota; count += 1)
    expect((await send('login', email, password)).status).toBe(200);
  const refused = [];
  for (const account of [email, newEmail()]) {
    turn = 100;
    const statuses = (await Promise.all(Array.from({ length: 2 * quota }, () => guess(account)))).map(
      ({ status }) => status,
    );
    expect(statuses.filter((status) => status === 401)).toHaveLength(quota);
    expect(statuses.filter((status) => status === 429)).toHaveLength(quota);
    refused.push(await send('login', account, password));
  }
  for (const { status, headers, body } of refused) {
    expect([status, headers.get('x-ratelimit-remaining')]).toEqual([429, '0']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(1);
    expect(body.type).toContain('rate-limited');
  }
  for (let count = 0; count < 2 * shared.length; count += 1)
    expect((await send('login', email, password, home)).status).toBe(200);
  for (let count = 0; count < quota; count += 1) expect((await guess(email, home)).status).toBe(401);
  expect((await send('login', email, password, home)).status).toBe(429);
  const metrics = await Promise.all(shared.map(({ parts }) => parts.metrics.registry.metrics()));
  expect(metrics.join('')).toMatch(/rate_limit_rejections_total\{policy="failures"\} [1-9]/);
  expect(metrics.join('')).toMatch(/auth_events_total\{event="limited"\} [1-9]/);
  for (const instance of instances) await instance.close();
  await limited.drop();
}, 60_000);

test('without the shared store, an instance bounds guesses alone, and its owner still signs in', async () => {
  const environment = {
    ...place.environment,
    REDIS_URL: 'redis://127.0.0.1:1',
    RATE_LIMIT_AUTH_FAILURES: '2',
  };
  const alone = await startInstance({ ...place, environment });
  const send = (path: string, email: string, word: string) =>
    alone.send('POST', `/v1/auth/${path}`, { body: { email, password: word } });
  const email = newEmail();
  expect((await mailbox.register(alone, email, password)).status).toBe(201);
  expect((await send('login', email, password)).status).toBe(200);
  const stranger = newEmail();
  const statuses = [];
  for (let count = 0; count < 3; count += 1)
    statuses.push((await send('login', stranger, 'some wrong sentence')).status);
  expect(statuses).toEqual([401, 401, 429]);
  expect((await send('login', email, password)).status).toBe(200);
  await alone.close();
}, 60_000);

test('roles: a reader may not write, an editor may not delete', async () => {
  const [path] = [...paths].find(
    ([, methods]) => methods.includes('DELETE') && methods.includes('PATCH'),
  ) ?? [''];
  const one = path.replace('{id}', randomUUID());
  expect((await api.send('DELETE', one)).status).toBe(401);
  expect((await api.send('DELETE', one, { headers: api.as.editor })).status).toBe(403);
  expect((await api.send('DELETE', one, { headers: api.as.admin })).status).toBe(404);
});
