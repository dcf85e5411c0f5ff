import { randomBytes, randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import { expectStatus, expectThat } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { login, mailedToken, newAccount, refresh, register, registerAgain } from '../shared/accounts.js';
import { shortLives } from '../shared/shared-settings.js';

/** Logs may be collected for a moment before they are written. */
const writtenMs = 1000;
/** Characters that identify a token. */
const enough = 24;

/** Values that no log line may contain, each with a description. */
type Secrets = Map<string, string>;

export const loggedSecrets: Row[] = [
  {
    id: 'LG5',
    group: 'observability',
    title: 'log lines of all levels without passwords, tokens and refused values',
    expected:
      'no password, token, refused body or query value in any line of any instance, after requests that succeeded as well',
    source: 'OWASP ASVS V16.2.5; OWASP Logging Cheat Sheet, "Data to exclude"; CWE-532',
    remedy:
      'Log names and results of a request, and never its body, query, headers or an error that holds them.',
    evidence: ['observed'],
    needs: ['started', 'logs', 'resource', 'writing'],
    quick: false,
    settings: shortLives,
    async run(api) {
      const { instances } = api.fleet;
      const before = instances.map((instance) => instance.lines().length);
      const secrets: Secrets = new Map();
      if (api.contract.find('POST', '/v1/auth/login')) await signInAndOut(api, secrets);
      await sendRefused(api, secrets);
      await pause(writtenMs);
      for (const [place, instance] of instances.entries())
        for (const line of instance.lines().slice(before[place]))
          for (const [secret, what] of secrets)
            expectThat(!line.includes(secret), `no ${what} in the log`, line.slice(0, 500));
    },
  },
];

/** Uses accounts in all ways that succeed and fail. */
async function signInAndOut(api: Api, secrets: Secrets): Promise<void> {
  const account = newAccount();
  const wrong = { ...account, password: newAccount().password };
  secrets.set(account.password, 'password').set(wrong.password, 'wrong password');
  const registered = await register(api, account);
  expectStatus(registered, 201);
  const token = mailedToken(api, account.email);
  expectStatus(await registerAgain(api, account), 409);
  if (token) secrets.set(token.slice(-enough), 'token of a registration');
  const signedIn = await login(api, account);
  expectStatus(signedIn, 200);
  expectStatus(await login(api, wrong), 401);
  const first: string = signedIn.json().refreshToken;
  const refreshed = await refresh(api, first);
  expectStatus(refreshed, 200);
  expectStatus(await refresh(api, first), 401, 409);
  const { refreshToken } = registered.json();
  expectStatus(await api.send({ method: 'POST', path: '/v1/auth/logout', json: { refreshToken } }), 204);
  expectStatus(await refresh(api, refreshToken), 401);
  for (const response of [registered, signedIn, refreshed]) {
    const { accessToken, refreshToken } = response.json();
    secrets.set(String(refreshToken).slice(0, enough), 'refresh token');
    // The header is that of every token, and known.
    for (const part of String(accessToken).split('.').slice(1))
      secrets.set(part.slice(-enough), 'access token');
  }
  const short = `${randomBytes(6).toString('base64url')}`;
  secrets.set(short, 'password that is too short');
  await register(api, { ...newAccount(), password: short });
  const unknown = { ...account, password: marked(secrets, 'password beside an unknown member') };
  await api.send({ method: 'POST', path: '/v1/auth/login', json: { ...unknown, note: 'x' } });
  const malformed = `{"email":"${account.email}","password":"${marked(secrets, 'password in malformed JSON')}"`;
  const headers = { 'content-type': 'application/json' };
  await api.send({ method: 'POST', path: '/v1/auth/login', headers, body: malformed });
  await refresh(api, marked(secrets, 'unknown refresh token'));
}

/** Sends requests that the collection rejects: 400, 401, 403, 415, 422. */
async function sendRefused(api: Api, secrets: Secrets): Promise<void> {
  const { path } = api.resource;
  const json = { 'content-type': 'application/json' };
  for (const as of ['reader', 'editor'] as const) {
    const body = { [`m${randomUUID().slice(0, 8)}`]: marked(secrets, 'value of an unknown member') };
    await api.send({ method: 'POST', path, as, json: { ...(await api.body()), ...body } });
    const field = Object.keys(await api.body())[0] ?? 'name';
    await api.send({
      method: 'POST',
      path,
      as,
      json: { [field]: [marked(secrets, 'value of a wrong type')] },
    });
    const malformed = `{"${field}":"${marked(secrets, 'value in malformed JSON')}"`;
    await api.send({ method: 'POST', path, as, headers: json, body: malformed });
    const text = { 'content-type': 'text/plain' };
    await api.send({
      method: 'POST',
      path,
      as,
      headers: text,
      body: marked(secrets, 'body of another type'),
    });
    for (const name of ['limit', 'cursor', 'sort', 'fields', 'token'])
      await api.send({ path: `${path}?${name}=${marked(secrets, `value of the parameter ${name}`)}`, as });
  }
  const forged = api.authorization('editor').authorization;
  if (forged === undefined) return;
  const token = `${forged.slice(0, -20)}${randomBytes(15).toString('base64url')}`;
  secrets.set(token.slice(-enough), 'refused token');
  const body = { note: marked(secrets, 'body of a caller with a bad token') };
  await api.send({ method: 'POST', path, headers: { authorization: token }, json: body });
  const basic = Buffer.from(`ada:${marked(secrets, 'password of Basic credentials')}`).toString('base64');
  secrets.set(basic, 'Basic credentials');
  await api.send({ method: 'POST', path, headers: { authorization: `Basic ${basic}` }, json: body });
}

/** A value that is found again wherever it turns up. */
function marked(secrets: Secrets, what: string): string {
  const value = `marked${randomBytes(12).toString('hex')}`;
  secrets.set(value, what);
  return value;
}
