import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { startPostgres } from '../../src/verify/services/postgres-server.js';
import { startRedis } from '../../src/verify/services/redis.js';

/** Servers that runs of `verify` share, each in a space of its own. */
export interface SharedServers {
  /** Tells `verify` to use them. */
  env: Record<string, string>;
  close(): Promise<void>;
}

/**
 * Starts a database and a cache for many runs. Rows that stop or demote a server need those that `verify` starts itself.
 * @param project an installed one, which may bring the programs
 * @throws Error when a program is missing or does not start
 */
export async function startServers(project: string): Promise<SharedServers> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'mutants-servers-'));
  fs.chmodSync(scratch, 0o755);
  const programs = await foldersOf(project);
  const refuse = (given: string, possible: string) => new Error(`${given}: ${possible}`);
  const database = await startPostgres(programs, scratch, refuse);
  const store = await startRedis(programs, scratch);
  return {
    env: { VERIFY_DATABASE_URL: database.url.href, VERIFY_REDIS_URL: store.url.href },
    async close() {
      await Promise.all([database.program.stop('SIGQUIT', 5_000), store.program.stop('SIGTERM', 5_000)]);
      fs.removeSync(scratch);
    },
  };
}

/** Folders of programs that the packages of a project bring. */
async function foldersOf(project: string): Promise<string[]> {
  const { servers } = fs.readJsonSync(path.join(project, '.scalable-api.json')).run;
  const printed = await Promise.all(
    servers.map(async ({ programs: [program, ...args] }: { programs: string[] }) => {
      const { exitCode, stdout } = await execa(program!, args, { cwd: project, reject: false });
      return exitCode === 0 ? [stdout.trim()] : [];
    }),
  );
  return printed.flat();
}
