import { randomBytes } from 'node:crypto';
import { inBackground } from '../background.js';
import { loadConfig } from '../config.js';
import { createDatabase } from '../database/connect.js';
import { createLog } from '../telemetry/log.js';
import { createMetrics } from '../telemetry/metrics.js';
import { changePassword, changeRole, createAccount } from './account-changes.js';
import { Passwords } from './passwords.js';
import { type Role, roles } from './roles.js';

const usage = `usage: npm run account -- create EMAIL ROLE | role EMAIL ROLE | password EMAIL
roles: ${roles.join(', ')}; a new password comes from the variable PASSWORD, else it is made and shown once`;

/** Makes accounts and changes them, from a shell on the server. */
async function main([action, email, role]: string[]): Promise<string> {
  const needsRole = action !== 'password';
  const known = ['create', 'role', 'password'].includes(action ?? '') && email?.includes('@');
  if (!known || (needsRole && !roles.includes(role as Role))) throw new Error(usage);
  const config = loadConfig(process.env);
  const database = await createDatabase({ config, log: createLog(config), metrics: createMetrics() });
  const passwords = new Passwords(config.PASSWORD_HASH_CONCURRENCY);
  const parts = { config, database, passwords };
  const password = process.env.PASSWORD || randomBytes(18).toString('base64url');
  const credentials = { email: email as string, password };
  const shown = process.env.PASSWORD ? '' : `, password ${password}`;
  try {
    return await inBackground(async (context) => {
      if (action === 'role') {
        await changeRole(parts, credentials.email, role as Role, context);
        return `${email} is ${role} now; tokens that are out keep the old role for ${config.ACCESS_TOKEN_TTL_S} s`;
      }
      if (action === 'password') {
        await changePassword(parts, credentials, context);
        return `${email} has a new password${shown}`;
      }
      await createAccount(parts, credentials, role as Role, context, async () => undefined);
      return `${email} is there as ${role}${shown}`;
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
