import { randomUUID } from 'node:crypto';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import { type Role, roles, rolesUpTo } from '../../src/auth/roles.js';
import { readSigningKeys } from '../../src/auth/signing-keys.js';
import type { Config } from '../../src/config.js';

type Callers = { nobody: Record<string, string> } & Record<Role, { authorization: string }>;

/** Whether a caller with one role may do what needs another. */
export function mayAct(role: Role, needed: Role): boolean {
  return role === 'admin' || rolesUpTo(role).includes(needed);
}

/** Headers of callers by role, with tokens signed by the API's own key. */
export async function callers(config: Config): Promise<Callers> {
  const tokens = new AccessTokens(config, await readSigningKeys(config.JWT_PRIVATE_KEY, ''));
  const headers = async (role: Role) => ({
    authorization: `Bearer ${await tokens.issue({ id: randomUUID(), roles: rolesUpTo(role) })}`,
  });
  const byRole = await Promise.all(roles.map(async (role) => [role, await headers(role)]));
  return { nobody: {}, ...Object.fromEntries(byRole) };
}
