import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { verify } from '../../../src/commands/verify.js';
import { until } from '../../../src/verify/http/waiting.js';
import { freePort } from '../../../src/verify/proxies/ports.js';
import { unprivileged } from '../../../src/verify/services/account.js';
import { providers } from '../../../src/verify/services/index.js';
import { ServerProcess } from '../../../src/verify/services/server-process.js';
import type { Provider, Service } from '../../../src/verify/services/service.js';

/**
 * Asks rows of verify of a project whose instances reach PostgreSQL through the pooler that the project was
 * given, started as the deployment starts it. verify itself looks at the server directly, and so do migrations.
 * usage: tsx pooled.ts FOLDER_OF_PGBOUNCER PROJECT [OPTION OF VERIFY]...
 */
const poolSize = 8;
const [programs, project, ...options] = process.argv.slice(2) as [string, string, ...string[]];
const manifestFile = path.join(project, '.scalable-api.json');
const manifest = JSON.parse(fs.readFileSync(manifestFile, 'utf8'));
/** Holds the port of PostgreSQL itself for each database, in a file of that name. */
const direct = fs.mkdtempSync(path.join(os.tmpdir(), 'direct-'));

function pooled(postgres: Provider): Provider {
  return {
    ...postgres,
    async start(given) {
      const server = await postgres.start(given);
      const poolerPort = await freePort();
      let pooler: ServerProcess | undefined;
      return {
        ...server,
        async open(name) {
          const service = await server.open(name);
          const { username, password, pathname } = new URL(service.urlBehind(service.port));
          fs.writeFileSync(path.join(direct, pathname), String(service.port));
          pooler ??= await startPooler(poolerPort, {
            PGPORT: String(service.port),
            PGUSER: username,
            PGPASSWORD: password,
          });
          const client = new pg.Client({ connectionString: service.urlBehind(poolerPort) });
          await client.connect();
          // As in one that has been up for a while: it opens one connection after the other.
          await until(async () => (await opened(service)) === poolSize, 20_000);
          return {
            ...service,
            port: poolerPort,
            async close() {
              await client.end();
              await service.close();
            },
          };
        },
        async close() {
          await pooler?.stop('SIGINT', 5000);
          await server.close();
        },
      };
    },
  };
}

/** How many connections the pooler has opened to a space. */
async function opened({ sql }: Service): Promise<number> {
  const [row] = await sql!.query(
    'select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  return row!.count as number;
}

/** As in the image, but for the port and the databases: each space of verify is one of its own. */
async function startPooler(port: number, environment: Record<string, string>): Promise<ServerProcess> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pooler-'));
  const account = unprivileged();
  const moved = (text: string) => text.replaceAll('/tmp/pooler', folder).replaceAll('6432', String(port));
  for (const name of ['pooler.ini', 'start.sh']) {
    const file = path.join(project, 'deploy/pooler', name);
    fs.writeFileSync(path.join(folder, name), moved(fs.readFileSync(file, 'utf8')));
    fs.chmodSync(path.join(folder, name), 0o644);
  }
  if (account?.uid !== undefined) fs.chownSync(folder, account.uid, account.gid!);
  const program = new ServerProcess('sh', [path.join(folder, 'start.sh')], account ?? {}, {
    ...process.env,
    ...environment,
    PATH: `${programs}:${process.env.PATH}`,
    PGHOST: '127.0.0.1',
    PGDATABASE: '*',
    POOL_SIZE: String(poolSize),
    STATS_PASSWORD: 'to look at the pools',
    // As verify sets them for the instances.
    DB_STATEMENT_TIMEOUT_MS: '2500',
    REQUEST_TIMEOUT_MS: '3000',
  });
  if (!(await until(async () => program.printed.includes('process up'), 5000)))
    throw new Error(`the pooler does not start: ${program.printed}`);
  return program;
}

const index = providers.findIndex(({ protocols }) => protocols.includes('postgresql'));
(providers as Provider[])[index] = pooled(providers[index]!);
const migrate = `name=\${DATABASE_URL##*/}; port=$(cat "${direct}/\${name%%\\?*}") && DATABASE_URL=$(echo "$DATABASE_URL" | sed "s|:[0-9][0-9]*/|:$port/|") exec "$@"`;
try {
  const migrateCommand = ['sh', '-c', migrate, 'migrate', ...manifest.run.migrateCommand];
  fs.writeFileSync(manifestFile, JSON.stringify({ ...manifest, run: { ...manifest.run, migrateCommand } }));
  process.exitCode = await verify([project, ...options]);
} finally {
  fs.writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
}
