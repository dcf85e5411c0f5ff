import { randomBytes, randomUUID } from 'node:crypto';
import { UserError } from '../cli/errors.js';
import type { Credentials, Description, SignInRequest } from './described/description.js';
import { replaced, type Values } from './described/placeholders.js';
import { environmentOf } from './described/project.js';
import { asTexts } from './described/read.js';
import { type Role, roles } from './http/exchange.js';
import { keepSecret } from './http/secrets.js';
import { newSigningKey, Tokens } from './http/tokens.js';
import type { Callers } from './session.js';

/** How many callers of each role are signed in: as many principals as most rows need. */
const made: Record<Role, number> = { reader: 6, editor: 20, admin: 4 };
const atOnce = 4;
/** For one request, in milliseconds: a password takes its time. */
const patience = 30_000;

type Headers = Record<string, string>;

/**
 * Signs callers in, as verify.yaml says. A caller keeps its headers; when all are given away, they are shared.
 * @param url of an instance
 * @param values of verify's own variables
 * @throws UserError when a request is refused
 */
export async function callersOf(description: Description, url: string, values: Values): Promise<Callers> {
  const { credentials } = description;
  const strangers = new Tokens(newSigningKey(), url, url);
  const forge = strangers.forge.bind(strangers);
  if (!credentials) return { signsTokens: false, authorization: () => ({}), forge };
  const variables = environmentOf(description, values);
  const pool = await poolOf(credentials, url, variables);
  const given = new Map<string, Headers>();
  const next: Record<Role, number> = { reader: 0, editor: 0, admin: 0 };
  return {
    signsTokens: false,
    forge,
    authorization(role, subject) {
      const caller = `${role} ${subject}`;
      const known = given.get(caller) ?? pool[role][next[role]++ % pool[role].length]!;
      given.set(caller, known);
      return known;
    },
  };
}

async function poolOf(
  credentials: Credentials,
  url: string,
  variables: Values,
): Promise<Record<Role, Headers[]>> {
  const { requests = [] } = credentials;
  const places = roles.flatMap((role) =>
    Array.from({ length: requests.length === 0 ? 1 : made[role] }, () => role),
  );
  const pool: Record<Role, Headers[]> = { reader: [], editor: [], admin: [] };
  // The first alone: what is wrong with it is wrong with all, and is said once.
  const [first, ...others] = places;
  const open = async (role: Role) => void pool[role].push(await headersOf(credentials, role, url, variables));
  await open(first!);
  for (let done = 0; done < others.length; done += atOnce)
    await Promise.all(others.slice(done, done + atOnce).map(open));
  return pool;
}

async function headersOf(
  { requests = [], headers, roles: names }: Credentials,
  role: Role,
  url: string,
  variables: Values,
): Promise<Headers> {
  const known: Values = {
    caller: `verify-${randomUUID()}`,
    random: randomBytes(24).toString('base64url'),
    role: names?.[role],
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [`variables.${name}`, value])),
  };
  const look = (name: string) => known[name];
  for (const request of requests) Object.assign(known, await sent(request, url, look));
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => {
      const value = replaced(text, look) ?? '';
      keepSecret(value, name.toUpperCase().replaceAll('-', '_'));
      return [name.toLowerCase(), value];
    }),
  );
}

/** Sends a request. @returns what `take` names of its answer */
async function sent(
  { method = 'POST', path, json, form, take = {} }: SignInRequest,
  url: string,
  look: (name: string) => string | undefined,
): Promise<Values> {
  const fill = (text: string) => replaced(text, look) ?? text;
  const target = fill(path);
  const refuse = (possible: string) =>
    new UserError([{ given: `\`credentials\`: ${method} ${target}`, possible }], 1);
  let response: Response;
  try {
    response = await fetch(`${url}${target}`, {
      method,
      ...(json && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(deep(json, fill)),
      }),
      ...(form && { body: new URLSearchParams(deep(asTexts(form), fill) as Record<string, string>) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    });
  } catch (error) {
    throw refuse(`got no answer: ${(error as Error).message}`);
  }
  const text = await response.text();
  if (response.status >= 400)
    throw refuse(`signs nobody in: status ${response.status} ${text.slice(0, 200)}`);
  return Object.fromEntries(
    Object.entries(take).map(([name, place]) => {
      const value = place.startsWith('/') ? at(text, place) : cookieOf(response, place);
      if (value === undefined) throw refuse(`has no ${place} in its answer: ${text.slice(0, 200)}`);
      keepSecret(value, name.toUpperCase());
      return [name, value];
    }),
  );
}

/** The value at a JSON pointer (RFC 6901), as a text. */
function at(text: string, pointer: string): string | undefined {
  try {
    const found = pointer
      .slice(1)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
      // biome-ignore lint/suspicious/noExplicitAny: any JSON
      .reduce<any>((value, key) => value?.[key], JSON.parse(text));
    return found === undefined || found === null ? undefined : String(found);
  } catch {
    return undefined;
  }
}

/** A header of an answer; of cookies, name and value of the first. */
function cookieOf({ headers }: Response, name: string): string | undefined {
  if (name.toLowerCase() !== 'set-cookie') return headers.get(name) ?? undefined;
  return headers.getSetCookie()[0]?.split(';')[0];
}

function deep(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') return fill(value);
  if (Array.isArray(value)) return value.map((entry) => deep(entry, fill));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, deep(entry, fill)]));
}
