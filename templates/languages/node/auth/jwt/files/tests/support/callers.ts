import { randomUUID } from 'node:crypto';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import { type Role, roles, rolesUpTo } from '../../src/auth/roles.js';
import { readSigningKeys } from '../../src/auth/signing-keys.js';
import type { Config } from '../../src/config.js';

type Caller = Role | 'stranger' | 'alone';
type Callers = { nobody: Record<string, string> } & Record<Caller, { authorization: string }>;

/** The tenant of the sample rows, and of callers by role. */
const tenant = '00000000-0000-0000-0000-000000000000';

/** Whether a caller with one role may do what needs another. */
export function mayAct(role: Role, needed: Role): boolean {
  return role === 'admin' || rolesUpTo(role).includes(needed);
}

/**
 * Headers of callers by role, with tokens signed by the API's own key; `stranger` is an administrator of another tenant,
 * `alone` one without a tenant.
 */
export async function callers(config: Config): Promise<Callers> {
  const tokens = new AccessTokens(config, await readSigningKeys(config.JWT_PRIVATE_KEY, ''));
  const headers = async (role: Role, of?: string) => ({
    authorization: `Bearer ${await tokens.issue({ id: randomUUID(), roles: rolesUpTo(role), tenant: of })}`,
  });
  const byRole = await Promise.all(roles.map(async (role) => [role, await headers(role, tenant)]));
  const [stranger, alone] = [await headers('admin', 'another'), await headers('admin')];
  return { nobody: {}, ...Object.fromEntries(byRole), stranger, alone };
}
