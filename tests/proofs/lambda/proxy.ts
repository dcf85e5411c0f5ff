import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { until } from '../../../src/verify/http/waiting.js';
import { freePort } from '../../../src/verify/proxies/ports.js';
import { unprivileged } from '../../../src/verify/services/account.js';
import { ServerProcess } from '../../../src/verify/services/server-process.js';

/**
 * What RDS Proxy is to its clients: few connections for many, one transaction at a time; settings at the start of a
 * session are refused, and statements that were prepared are not found again. The PgBouncer of Debian's stable is so.
 */
export async function startProxy(
  server: URL,
  connections: number,
): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'proxy-'));
  const account = unprivileged();
  const file = path.join(folder, 'proxy.ini');
  const { hostname, port: serverPort, username, password, pathname } = server;
  fs.writeFileSync(
    file,
    `[databases]
${pathname.slice(1)} = host=${hostname} port=${serverPort} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${connections}
`,
  );
  fs.chmodSync(folder, 0o755);
  const program = new ServerProcess('pgbouncer', [file], account ?? {}, process.env);
  if (!(await until(async () => program.printed.includes('process up'), 5000)))
    throw new Error(`PgBouncer does not start: ${program.printed}`);
  return {
    port,
    async stop() {
      await program.stop('SIGINT', 2000);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
