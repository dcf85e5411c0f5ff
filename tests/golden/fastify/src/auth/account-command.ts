import { randomBytes } from 'node:crypto';
import { inBackground } from '../background.js';
import { loadConfig } from '../config.js';
import { createDatabase } from '../database/connect.js';
import { createLog } from '../telemetry/log.js';
import { createMetrics } from '../telemetry/metrics.js';
import { changePassword, changeRole, changeTenant, createAccount } from './account-changes.js';
import { Passwords } from './passwords.js';
import { type Role, roles } from './roles.js';
import { isTenant } from './tenants.js';

const usage = `usage: npm run account -- create EMAIL ROLE [TENANT] | role EMAIL ROLE | tenant EMAIL TENANT | password EMAIL
roles: ${roles.join(', ')}; a new password comes from the variable PASSWORD, else it is made and shown once. A tenant is named in up to 255 visible ASCII characters; a new account without one gets its own`;

/** Makes accounts and changes them, from a shell on the server. */
async function main([action, email, word, given]: string[]): Promise<string> {
  const tenant = action === 'tenant' ? word : given;
  const known = ['create', 'role', 'tenant', 'password'].includes(action ?? '') && email?.includes('@');
  const needsRole = action === 'create' || action === 'role';
  const needsTenant = action === 'tenant' || tenant !== undefined;
  if (!known || (needsRole && !roles.includes(word as Role)) || (needsTenant && !isTenant(tenant)))
    throw new Error(usage);
  const config = loadConfig(process.env);
  const database = await createDatabase({ config, log: createLog(config), metrics: createMetrics() });
  const passwords = new Passwords(config.PASSWORD_HASH_CONCURRENCY);
  const parts = { config, database, passwords };
  const password = process.env.PASSWORD || randomBytes(18).toString('base64url');
  const credentials = { email: email as string, password, tenant };
  const shown = process.env.PASSWORD ? '' : `, password ${password}`;
  try {
    return await inBackground(async (context) => {
      if (action === 'role') {
        await changeRole(parts, credentials.email, word as Role, context);
        return `${email} is ${word} now; tokens that are out keep the old role for ${config.ACCESS_TOKEN_TTL_S} s`;
      }
      if (action === 'tenant') {
        await changeTenant(parts, credentials.email, word as string, context);
        return `${email} belongs to ${word} now; tokens that are out keep the old tenant for ${config.ACCESS_TOKEN_TTL_S} s`;
      }
      if (action === 'password') {
        await changePassword(parts, credentials, context);
        return `${email} has a new password${shown}`;
      }
      await createAccount(parts, credentials, word as Role, context, async () => undefined);
      return `${email} is there as ${word}${shown}`;
    });
  } finally {
    await database.close();
  }
}

main(process.argv.slice(2)).then(
  (line) => {
    console.log(line);
    process.exit(0);
  },
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
