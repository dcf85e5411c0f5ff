import { randomBytes, randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Contract } from '../../contract/contract.js';
import type { Response } from '../../http/exchange.js';
import { pause } from '../../http/waiting.js';
import type { Caller } from './small-limits.js';

/** Credentials for a sign-in. */
export interface Account {
  email: string;
  password: string;
}

/** Whether accounts of the API itself register and sign in. */
export function signsIn(contract: Contract): boolean {
  return contract.find('POST', '/v1/auth/register') !== undefined;
}

/** Credentials of no existing account. */
export function newAccount(): Account {
  return { email: `verify-${randomUUID()}@example.com`, password: randomBytes(24).toString('base64url') };
}

/** A hash takes a core for a while: on a machine that does something else, a request may miss its deadline. */
async function inTime(ask: () => Promise<Response>): Promise<Response> {
  let response = await ask();
  for (let late = 0; response.status === 503 && late < 2; late += 1) {
    await pause(1000);
    response = await ask();
  }
  return response;
}

/** Whether an address becomes an account with a token that is sent to it by mail. */
export function confirmsByMail(contract: Contract): boolean {
  return contract.find('POST', '/v1/auth/confirm') !== undefined;
}

/** Asks once for a mail to an address that wants an account. @param to as for `register` */
export function askOnceForMail(
  api: Api,
  email: string,
  headers: Caller = {},
  to = api.fleet.instances[0]!.url,
): Promise<Response> {
  return api.send({ method: 'POST', path: '/v1/auth/register', headers, json: { email }, to });
}

/** As `askOnceForMail`, and again where the machine was too busy to answer in time. */
export function askForMail(...request: Parameters<typeof askOnceForMail>): Promise<Response> {
  return inTime(() => askOnceForMail(...request));
}

/** The tokens of the mails to an address, which are there before the answers; undefined for a mail without one. */
export function mailedTokens(api: Api, email: string): (string | undefined)[] {
  const mails = api.fleet.mailbox?.to(email) ?? [];
  return mails.map((text) => /[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/.exec(text)?.[0]);
}

/** The token of the last mail to an address. */
export function mailedToken(api: Api, email: string): string | undefined {
  return mailedTokens(api, email).at(-1);
}

/** Sends the token of a mail back, with what the account needs. @param to as for `register` */
export function confirm(
  api: Api,
  body: { token: string; password: string },
  headers: Caller = {},
  to = api.fleet.instances[0]!.url,
): Promise<Response> {
  return inTime(() => api.send({ method: 'POST', path: '/v1/auth/confirm', headers, json: body, to }));
}

/**
 * Makes an account, with the token of a mail where the API sends one.
 * @param to base URL of an instance; default: the first, as the balancer would be another proxy to trust
 * @param more members of the body beside the account
 * @returns the last answer: that to the first request when no token came
 */
export async function register(
  api: Api,
  account: Account,
  headers: Caller = {},
  to = api.fleet.instances[0]!.url,
  more: object = {},
): Promise<Response> {
  const json = { ...account, ...more };
  if (!confirmsByMail(api.contract))
    return inTime(() => api.send({ method: 'POST', path: '/v1/auth/register', headers, json, to }));
  const asked = await askForMail(api, account.email, headers, to);
  const token = asked.status === 202 ? mailedToken(api, account.email) : undefined;
  if (token === undefined) return asked;
  return confirm(api, { token, password: account.password, ...more }, headers, to);
}

/** Makes an account of an address that has one, with its last token. @returns the response, which must be a refusal */
export async function registerAgain(api: Api, account: Account): Promise<Response> {
  const token = mailedToken(api, account.email);
  return token === undefined ? register(api, account) : confirm(api, { token, password: account.password });
}

/** As `register`. */
export function login(
  api: Api,
  account: Account,
  headers: Caller = {},
  to = api.fleet.instances[0]!.url,
): Promise<Response> {
  return inTime(() => api.send({ method: 'POST', path: '/v1/auth/login', headers, json: account, to }));
}

/** Exchanges a refresh token, as `register`. */
export function refresh(
  api: Api,
  refreshToken: string,
  headers: Caller = {},
  to = api.fleet.instances[0]!.url,
): Promise<Response> {
  return api.send({ method: 'POST', path: '/v1/auth/refresh', headers, json: { refreshToken }, to });
}
