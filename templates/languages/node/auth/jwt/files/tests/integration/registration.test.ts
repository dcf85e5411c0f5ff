import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { changeTenant } from '../../src/auth/account-changes.js';
import { Passwords } from '../../src/auth/passwords.js';
import { inBackground } from '../../src/background.js';
import { type Api, type Surroundings, startInstance, surroundings } from '../support/api.js';
import { openMailbox } from '../support/mailbox.js';

const password = 'a long enough sentence';
const page = 'https://app.example.com/welcome';
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
const ask = (email: string, at = api) => at.send('POST', '/v1/auth/register', { body: { email } });
const confirm = (token: string | undefined, word = password) =>
  api.send('POST', '/v1/auth/confirm', { body: { token, password: word } });

/** An instance with other settings. */
async function other(settings: Record<string, string>): Promise<Api> {
  return startInstance({ ...place, environment: { ...place.environment, ...settings } });
}

test('a new address and one with an account get the same answer, and a mail each', async () => {
  const [known, unknown] = [newEmail(), newEmail()];
  expect((await mailbox.register(api, known, password)).status).toBe(201);
  const answers = [await ask(known), await ask(unknown)];
  for (const { status, text, headers } of answers) {
    expect([status, text, headers.get('cache-control')]).toEqual([202, '', 'no-store']);
  }
  expect([...answers[0]!.headers.keys()]).toEqual([...answers[1]!.headers.keys()]);
  expect(mailbox.to(known)).toHaveLength(2);
  expect(mailbox.tokenOf(known)).toBeUndefined();
  expect(mailbox.tokenOf(unknown)).toBeDefined();
});

test('the mail leads to the page of the client, or has the token alone', async () => {
  const withPage = await other({ REGISTRATION_URL: page });
  const email = newEmail();
  await ask(email, withPage);
  expect(mailbox.to(email)[0]).toContain(`${page}#token=${mailbox.tokenOf(email)}`);
  await withPage.close();
});

test('a token makes one account, on every instance, and no account is there before', async () => {
  const email = newEmail();
  await ask(email.toUpperCase());
  const token = mailbox.tokenOf(email.toUpperCase());
  const login = () => api.send('POST', '/v1/auth/login', { body: { email, password } });
  expect((await login()).status).toBe(401);
  const made = await confirm(token);
  expect([made.status, made.headers.get('location')]).toEqual([201, '/v1/me']);
  expect(made.body.account).toMatchObject({ email, roles: ['reader'] });
  // The account has a tenant of its own, which only its token names.
  expect(made.body.account).not.toHaveProperty('tenant');
  const { tenant } = decodeJwt(made.body.accessToken);
  expect(tenant).toMatch(/^[0-9a-f-]{36}$/);
  expect((await confirm(token, 'another long sentence')).status).toBe(409);
  const again = await login();
  expect([again.status, decodeJwt(again.body.accessToken).tenant]).toEqual([200, tenant]);
  const { config, database } = api.parts;
  const changes = { config, database, passwords: new Passwords(1) };
  await inBackground((context) => changeTenant(changes, email, 'acme', context));
  const refreshed = await api.send('POST', '/v1/auth/refresh', {
    body: { refreshToken: again.body.refreshToken },
  });
  expect(decodeJwt(refreshed.body.accessToken).tenant).toBe('acme');
});

test('a token that is expired, changed or of another kind is refused alike', async () => {
  const email = newEmail();
  await ask(email);
  const token = mailbox.tokenOf(email)!;
  const [, accessToken] = api.as.reader.authorization.split(' ');
  const refused = [await confirm(`${token.slice(0, -4)}AAAA`), await confirm(accessToken)];
  vi.useFakeTimers({ now: Date.now() + 3601_000, toFake: ['Date'] });
  refused.push(await confirm(token));
  vi.useRealTimers();
  for (const { status, body } of refused) {
    expect([status, body.detail]).toEqual([422, 'The token is expired or not valid: register again.']);
    expect(body.errors[0].pointer).toBe('#/token');
  }
  const me = await api.send('GET', '/v1/me', { headers: { authorization: `Bearer ${token}` } });
  expect(me.status).toBe(401);
  expect((await confirm(token)).status).toBe(201);
});

test('an address gets so many mails within an hour', async () => {
  const few = await other({ RATE_LIMIT_MAILS: '2', CACHE_PREFIX: randomUUID() });
  const email = newEmail();
  const statuses = [];
  for (let count = 0; count < 3; count += 1) statuses.push((await ask(email, few)).status);
  expect(statuses).toEqual([202, 202, 429]);
  expect(mailbox.to(email)).toHaveLength(2);
  await few.close();
});

test('while the mail server is down, known and new addresses get the same 503', async () => {
  const down = await other({ MAIL_URL: 'smtp://127.0.0.1:1' });
  const known = newEmail();
  await mailbox.register(api, known, password);
  for (const email of [known, newEmail()]) {
    const { status, headers, body } = await ask(email, down);
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    expect(body.detail).toBe('The mail server is not available at the moment.');
  }
  await down.close();
});

/** A mail server with one answer to everything, or none. */
async function oddMailServer(answer: string | undefined): Promise<{ server: Server; url: string }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (answer === undefined) return;
    socket.write('220 odd\r\n');
    socket.on('data', (data) => {
      socket.write(/^RCPT/i.test(String(data)) ? `${answer}\r\n` : '250 odd\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { server, url: `smtp://127.0.0.1:${port}` };
}

test('a mail server that hangs costs a request its deadline, and no more', async () => {
  const { server, url } = await oddMailServer(undefined);
  const hung = await other({ MAIL_URL: url, REQUEST_TIMEOUT_MS: '500' });
  expect((await ask(newEmail(), hung)).status).toBe(503);
  await hung.close();
  server.close();
});

test('a mailbox that does not exist gets the same response as others', async () => {
  const { server, url } = await oddMailServer('550 no such user');
  const odd = await other({ MAIL_URL: url });
  expect((await ask(newEmail(), odd)).status).toBe(202);
  await odd.close();
  server.close();
});

test('a server elsewhere must offer TLS', async () => {
  const email = newEmail();
  const [, port] = place.environment.MAIL_URL!.split('//127.0.0.1:');
  const plain = await other({ MAIL_URL: `smtp://0.0.0.0:${port}` });
  expect((await ask(email, plain)).status).toBe(503);
  expect(mailbox.to(email)).toEqual([]);
  await plain.close();
});

test('registration is closed without a mail server, and mail needs a sender', async () => {
  const closed = await other({ MAIL_URL: '' });
  const answer = await ask(newEmail(), closed);
  expect([answer.status, answer.body.detail]).toEqual([403, 'Registration is closed.']);
  await closed.close();
  await expect(other({ MAIL_FROM: '' })).rejects.toThrow('MAIL_FROM');
});
