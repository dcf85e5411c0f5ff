import { UserError } from '../cli/errors.js';
import { keepSecret } from './http/secrets.js';

/** Variables with the credentials for a running API. Values never come by a flag: command lines are seen by others. */
export const credentialVariables = ['VERIFY_TOKEN', 'VERIFY_HEADER', 'VERIFY_CLIENT_ID'] as const;

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
 * with the scopes of VERIFY_SCOPE.
 * @throws UserError when they cannot be read, or the token endpoint gives none
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
  const refuse = (given: string, possible: string) =>
    new UserError(
      [
        {
          given,
          possible,
          command:
            'VERIFY_CLIENT_ID=ci VERIFY_CLIENT_SECRET=… VERIFY_TOKEN_URL=https://id.example.com/token create-scalable-api verify https://api.example.com',
        },
      ],
      1,
    );
  if (!url || !URL.canParse(url))
    throw refuse('VERIFY_CLIENT_ID', 'needs the token endpoint in VERIFY_TOKEN_URL');
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (env.VERIFY_SCOPE) form.set('scope', env.VERIFY_SCOPE);
  // RFC 6749, section 2.3.1: both are encoded as in a form before they are joined.
  const encoded = [client, secret].map((part) => new URLSearchParams({ a: part }).toString().slice(2));
  const authorization = `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
  let status: string;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization, accept: 'application/json' },
      body: form,
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
    });
    const text = await response.text();
    const found = response.ok ? JSON.parse(text).access_token : undefined;
    if (typeof found === 'string') return found;
    status = `status ${response.status}`;
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    status = cause?.message || message;
  }
  throw refuse(url, `gives no token for VERIFY_CLIENT_ID (${status})`);
}
