import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ReceivedMail, startMailServer } from './mail-server.js';
import { typescript } from './typescript.js';

const email = 'admin@example.com';
/** That of the sample rows. */
const tenant = '00000000-0000-0000-0000-000000000000';

/**
 * An account that may do everything, whose password stands in .env; and a mail server that shows mail here, unless MAIL_URL
 * names another.
 */
export async function prepare(environment: NodeJS.ProcessEnv) {
  const password = environment.DEV_ADMIN_PASSWORD ?? '';
  const mail = environment.MAIL_URL ? undefined : await startMailServer(show);
  const env: Record<string, string> = mail ? { MAIL_URL: mail.url, MAIL_FROM: 'no-reply@localhost' } : {};
  return {
    env,
    note: `Sign-in: ${email}, password in .env (DEV_ADMIN_PASSWORD)${mail ? '; mail is shown here' : ''}`,
    stop: async () => mail?.stop(),
    async afterMigrations() {
      const args = [...typescript('src/auth/account-command.ts'), 'create', email, 'admin', tenant];
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

function show({ to, text }: ReceivedMail): void {
  console.log(`\nMail to ${to}:\n\n${text.replace(/^/gm, '    ')}\n`);
}
