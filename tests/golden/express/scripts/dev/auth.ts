import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { typescript } from './typescript.js';

const email = 'admin@example.com';

/** An account that may do everything, whose password stands in .env. */
export async function prepare(environment: NodeJS.ProcessEnv) {
  const password = environment.DEV_ADMIN_PASSWORD ?? '';
  return {
    env: {},
    note: `Sign-in: ${email}, password in .env (DEV_ADMIN_PASSWORD)`,
    stop: async () => {},
    async afterMigrations() {
      const args = [...typescript('src/auth/account-command.ts'), 'create', email, 'admin'];
      const env = { ...environment, PASSWORD: password };
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
      let complaint = '';
      child.stderr.on('data', (chunk) => {
        complaint += chunk;
      });
      const [code] = await once(child, 'close');
      // It is there since an earlier start.
      if (code !== 0 && !complaint.includes('There is an account')) throw new Error(complaint);
    },
  };
}
