import { clientSecret, people } from '../../scripts/dev/issuer.js';
import { type Role, rolesUpTo } from '../../src/auth/roles.js';
import type { Config } from '../../src/config.js';

type Callers = { nobody: Record<string, string> } & Record<
  Role | 'stranger' | 'alone',
  { authorization: string }
>;

/** Whether a caller with one role may do what needs another. */
export function mayAct(role: Role, needed: Role): boolean {
  return role === 'admin' || rolesUpTo(role).includes(needed);
}

/** Headers of callers by role, and of the others that the issuer which runs beside the tests knows, with its tokens. */
export async function callers({ OIDC_ISSUER }: Pick<Config, 'OIDC_ISSUER'>): Promise<Callers> {
  const headers = async (name: string) => {
    const response = await fetch(`${OIDC_ISSUER}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${name}:${clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    return { authorization: `Bearer ${token}` };
  };
  const names = Object.keys(people);
  const byName = await Promise.all(names.map(async (name) => [name, await headers(name)]));
  return { nobody: {}, ...Object.fromEntries(byName) };
}
