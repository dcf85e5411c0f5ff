import { createKeys } from '../../src/auth/key-changes.js';
import { type Role, roles, rolesUpTo } from '../../src/auth/roles.js';
import { inBackground } from '../../src/background.js';
import type { Config } from '../../src/config.js';
import { createDatabase } from '../../src/database/connect.js';
import { createLog } from '../../src/telemetry/log.js';
import { createMetrics } from '../../src/telemetry/metrics.js';

type Caller = Role | 'stranger' | 'alone';
type Callers = { nobody: Record<string, string> } & Record<Caller, { authorization: string }>;

/** The tenant of the sample rows, and of callers by role. */
const tenant = '00000000-0000-0000-0000-000000000000';

/** Whether a caller with one role may do what needs another. */
export function mayAct(role: Role, needed: Role): boolean {
  return role === 'admin' || rolesUpTo(role).includes(needed);
}

/** Headers of callers by role, with keys of their own; `stranger` is an administrator of another tenant, `alone` one without a tenant. */
export async function callers(config: Config): Promise<Callers> {
  const database = await createDatabase({ config, log: createLog(config), metrics: createMetrics() });
  const purpose = (name: Caller, role: Role, of: string | null) => ({
    ...{ name, roles: rolesUpTo(role), tenant: of, expiresAt: null },
  });
  const purposes = [
    ...roles.map((role) => purpose(role, role, tenant)),
    purpose('stranger', 'admin', 'another'),
    purpose('alone', 'admin', null),
  ];
  const made = await inBackground((context) =>
    createKeys({ database, prefix: config.API_KEY_PREFIX }, purposes, context),
  );
  await database.close();
  const byRole = made.map(({ name, key }) => [name, { authorization: `Bearer ${key}` }]);
  return { nobody: {}, ...Object.fromEntries(byRole) };
}
