import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { typescript } from './typescript.js';

export interface EmbeddedServer {
  /** URL of a database on the server. */
  urlOf(database: string): string;
  /** Creates a database unless it exists. */
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL of an npm package in a process of its own, which ends it when this process ends in any way.
 * @param folder keeps its data, relative to the project; without one the data is deleted with the server
 * @throws Error when it does not start; the reason is on stderr
 */
export async function startEmbedded(folder?: string): Promise<EmbeddedServer> {
  const args = [...typescript('scripts/dev/embedded-server.ts'), ...(folder ? [folder] : [])];
  // Detached: Ctrl-C is for the API, which still needs its database to end.
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error('the embedded PostgreSQL did not start');
  });
  const [base] = await Promise.race([once(createInterface(child.stdout), 'line'), failed]);
  const urlOf = (database: string) => `${base}/${database}`;
  return {
    urlOf,
    async createDatabase(name) {
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      try {
        const { rows } = await client.query('select 1 from pg_database where datname = $1', [name]);
        if (rows.length === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
