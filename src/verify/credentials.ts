import { UserError } from '../cli/errors.js';
import { keepSecret } from './http/secrets.js';

/** Variables with the credentials for a running API. Values never come by a flag: command lines are seen by others. */
export const credentialVariables = [
  'VERIFY_TOKEN',
  'VERIFY_HEADER',
  'VERIFY_CLIENT_ID',
  'VERIFY_LOGIN',
] as const;

/** A sign-in failed: nothing is known of the API. */
export class NoCredentials extends Error {
  override readonly name = 'NoCredentials';
}

/** For the answer of a token endpoint, in milliseconds. */
const patience = 30_000;

/** Whether requests can be signed in. */
export function hasCredentials(env: NodeJS.ProcessEnv): boolean {
  return credentialVariables.some((name) => env[name]);
}

/**
 * The headers that sign a request in to a running API:
 * VERIFY_TOKEN is a bearer token, VERIFY_HEADER a whole header (`X-API-Key: …`, `Cookie: …`); VERIFY_CLIENT_ID and
 * VERIFY_CLIENT_SECRET get a token by the client credentials grant (RFC 6749, section 4.4), at VERIFY_TOKEN_URL,
 * with the scopes of VERIFY_SCOPE; VERIFY_LOGIN is the body of a POST to VERIFY_LOGIN_URL, JSON or a form, whose answer
 * has a token or sets cookies.
 * @throws UserError when they cannot be read
 * @throws NoCredentials when nobody gives a token for them
 */
export async function credentialsOf(env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  const { VERIFY_TOKEN: token, VERIFY_HEADER: header, VERIFY_CLIENT_ID: client } = env;
  if (header) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(\S.*)$/.exec(header) ?? [];
    if (!name || !value) {
      keepSecret(header, 'HEADER');
      throw new UserError([
        {
          given: 'VERIFY_HEADER',
          possible: 'is a name and a value',
          command: `VERIFY_HEADER="X-API-Key: $KEY" create-scalable-api verify https://api.example.com`,
        },
      ]);
    }
    keepSecret(value, 'HEADER');
    headers[name.toLowerCase()] = value;
  }
  if (env.VERIFY_LOGIN) Object.assign(headers, await signedIn(env.VERIFY_LOGIN, env));
  const bearer = token || (client && (await tokenOf(client, env)));
  if (bearer) {
    keepSecret(bearer, 'TOKEN');
    headers.authorization = `Bearer ${bearer}`;
  }
  return headers;
}

async function tokenOf(client: string, env: NodeJS.ProcessEnv): Promise<string> {
  const secret = env.VERIFY_CLIENT_SECRET ?? '';
  if (secret) keepSecret(secret, 'CLIENT_SECRET');
  // Not the `tokenUrl` of the document: the secret goes nowhere that an API says.
  const url = env.VERIFY_TOKEN_URL;
  if (!url || !URL.canParse(url))
    throw new UserError(
      [
        {
          given: 'VERIFY_CLIENT_ID',
          possible: 'needs the token endpoint in VERIFY_TOKEN_URL',
          command:
            'VERIFY_CLIENT_ID=ci VERIFY_CLIENT_SECRET=… VERIFY_TOKEN_URL=https://id.example.com/token create-scalable-api verify https://api.example.com',
        },
      ],
      1,
    );
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (env.VERIFY_SCOPE) form.set('scope', env.VERIFY_SCOPE);
  // RFC 6749, section 2.3.1: both are encoded as in a form before they are joined.
  const encoded = [client, secret].map((part) => new URLSearchParams({ a: part }).toString().slice(2));
  const authorization = `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
  const { status, body } = await post(url, { authorization }, form);
  if (typeof body?.access_token === 'string') return body.access_token;
  throw new NoCredentials(`${url} gives no token for VERIFY_CLIENT_ID (${status})`);
}

/** Members in which a sign-in answers with a token, at the top or in one object below it. */
const tokenMembers = ['access_token', 'accessToken', 'token', 'jwt', 'id_token'];

/** The headers of a caller who has signed in as people do. */
async function signedIn(login: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const url = env.VERIFY_LOGIN_URL;
  keepSecret(login, 'LOGIN');
  if (!url || !URL.canParse(url))
    throw new UserError(
      [
        {
          given: 'VERIFY_LOGIN',
          possible: 'needs the URL of the sign-in in VERIFY_LOGIN_URL',
          command: `VERIFY_LOGIN='{"username": "ci", "password": "…"}' VERIFY_LOGIN_URL=https://api.example.com/login create-scalable-api verify https://api.example.com`,
        },
      ],
      1,
    );
  const form = login.trim().startsWith('{') ? undefined : new URLSearchParams(login);
  for (const [name, value] of form ?? membersIn(login))
    if (/pass|secret|pin|otp|token|key/i.test(name)) keepSecret(value, 'LOGIN');
  const { status, body, cookies } = await post(
    url,
    form ? {} : { 'content-type': 'application/json' },
    form ?? login,
  );
  const parts = [body, ...Object.values(body ?? {})] as (Record<string, unknown> | null)[];
  const token = parts.flatMap((part) => tokenMembers.map((name) => part?.[name])).find(isText);
  if (token !== undefined) {
    keepSecret(token, 'TOKEN');
    return { authorization: `Bearer ${token}` };
  }
  for (const cookie of cookies) keepSecret(cookie.slice(cookie.indexOf('=') + 1), 'COOKIE');
  if (cookies.length > 0) return { cookie: cookies.join('; ') };
  throw new NoCredentials(`${url} gives neither a token nor cookies for VERIFY_LOGIN (${status})`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Texts of a JSON body, by name. */
function membersIn(text: string): [string, string][] {
  try {
    return Object.entries(JSON.parse(text) as object).filter(([, value]) => isText(value));
  } catch {
    throw new UserError([
      {
        given: 'VERIFY_LOGIN',
        possible: 'is a body in JSON, or a form like username=ci&password=…',
        command: `VERIFY_LOGIN='{"username": "ci", "password": "…"}' VERIFY_LOGIN_URL=https://api.example.com/login create-scalable-api verify https://api.example.com`,
      },
    ]);
  }
}

/** @returns the JSON of a good answer, and the cookies that it sets as a request has them */
async function post(
  url: string,
  headers: Record<string, string>,
  body: URLSearchParams | string,
): Promise<{ status: string; body?: Record<string, unknown>; cookies: string[] }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    });
    const status = `status ${response.status}`;
    const text = await response.text();
    // A page may be shown after the sign-in: its cookies count.
    if (response.status >= 400) return { status, cookies: [] };
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]!);
    return { status, body: response.ok ? objectIn(text) : {}, cookies };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return { status: cause?.message || message, cookies: [] };
  }
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
