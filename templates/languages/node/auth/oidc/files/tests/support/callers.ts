import { clientSecret } from '../../scripts/dev/issuer.js';
import { type Role, roles, rolesUpTo } from '../../src/auth/roles.js';
import type { Config } from '../../src/config.js';

type Callers = { nobody: Record<string, string> } & Record<Role, { authorization: string }>;

/** Whether a caller with one role may do what needs another. */
export function mayAct(role: Role, needed: Role): boolean {
  return role === 'admin' || rolesUpTo(role).includes(needed);
}

/** Headers of callers by role, with tokens of the issuer that runs beside the tests. */
export async function callers({ OIDC_ISSUER }: Pick<Config, 'OIDC_ISSUER'>): Promise<Callers> {
  const headers = async (role: Role) => {
    const response = await fetch(`${OIDC_ISSUER}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${role}:${clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    return { authorization: `Bearer ${token}` };
  };
  const byRole = await Promise.all(roles.map(async (role) => [role, await headers(role)]));
  return { nobody: {}, ...Object.fromEntries(byRole) };
}
