import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { newKey } from '../../src/auth/key-format.js';
import { typescript } from './typescript.js';

const file = '.env';
/** That of the sample rows. */
const tenant = '00000000-0000-0000-0000-000000000000';

/** A key that may do everything, which stands in .env. */
export async function prepare(environment: NodeJS.ProcessEnv) {
  let key = environment.DEV_ADMIN_KEY;
  if (!key) {
    key = newKey('dev');
    appendFileSync(file, `DEV_ADMIN_KEY=${key}\n`, { mode: 0o600 });
  }
  return {
    env: {},
    note: `Writes need a key: curl -H "X-API-Key: $(sed -n 's/^DEV_ADMIN_KEY=//p' ${file})" …`,
    stop: async () => {},
    async afterMigrations() {
      const command = [...typescript('src/auth/key-command.ts'), 'create', 'admin', 'admin'];
      const args = [...command, '--tenant', tenant];
      const env = { ...environment, KEY: key };
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
      let complaint = '';
      child.stderr.on('data', (chunk) => {
        complaint += chunk;
      });
      const [code] = await once(child, 'close');
      // It is there since an earlier start.
      if (code !== 0 && !complaint.includes('unique constraint')) throw new Error(complaint);
    },
  };
}
