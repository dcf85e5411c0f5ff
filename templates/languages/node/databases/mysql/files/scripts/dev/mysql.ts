import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ask, urlOf } from './mysql-kept.js';
import { typescript } from './typescript.js';

export interface Server {
  /** URL of a database on the server. */
  urlOf(database: string): string;
  /** Creates a database unless it exists. */
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the machine's mysqld in a process of its own, which ends it when this process ends in any way.
 * @param folder keeps its data, relative to the project; without one the data is deleted with the server
 * @throws Error when it does not start; the reason is on stderr
 */
export async function startMysql(folder?: string): Promise<Server> {
  const args = [...typescript('scripts/dev/mysql-server.ts'), ...(folder ? [folder] : [])];
  // Detached: Ctrl-C is for the API, which still needs its database to end.
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error('MySQL did not start');
  });
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), failed]);
  const port = Number(line);
  return {
    urlOf: (database) => urlOf(port, database),
    async createDatabase(name) {
      await ask(urlOf(port, 'mysql'), `create database if not exists \`${name}\``);
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
