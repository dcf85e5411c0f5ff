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

/** @param to base URL of an instance; default: the first, as the balancer would be another proxy to trust */
export function register(
  api: Api,
  account: Account,
  headers: Caller = {},
  to = api.fleet.instances[0]!.url,
): Promise<Response> {
  return inTime(() => api.send({ method: 'POST', path: '/v1/auth/register', headers, json: account, to }));
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
