import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import * as auth from './dev/auth.js';
import * as cache from './dev/cache.js';
import * as database from './dev/database.js';
import { freePort } from './dev/port.js';
import { Server } from './dev/server.js';
import { run, typescript } from './dev/typescript.js';
import { ensureSecrets } from './secrets.js';

/** What is made ready before the API starts, and taken down after it. */
interface Prepared {
  env: Record<string, string | undefined>;
  note: string;
  stop(): Promise<void>;
  afterMigrations?(): Promise<void>;
}

const stops: (() => Promise<void>)[] = [];

/** Starts everything the API needs, then the API, and restarts it when a source file changes. */
async function main(): Promise<void> {
  const made = ensureSecrets();
  if (made.length > 0) console.log(`made in .env: ${made.join(', ')}`);
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  const env: NodeJS.ProcessEnv = { DRAIN_DELAY_MS: '0', ...file, ...process.env, NODE_ENV: 'development' };
  const port = await freePort('PORT', Number(env.PORT ?? 3000));
  const managementPort = await freePort('MANAGEMENT_PORT', Number(env.MANAGEMENT_PORT ?? 9464), port);
  Object.assign(env, { PORT: String(port), MANAGEMENT_PORT: String(managementPort) });

  const prepared: Prepared[] = [];
  for (const { prepare } of [database, cache, auth]) {
    const part: Prepared = await prepare(env);
    stops.unshift(() => part.stop());
    Object.assign(env, part.env);
    prepared.push(part);
  }
  await run(typescript('src/database/migrate-command.ts'), env);
  await run(typescript('scripts/seed.ts'), env);
  for (const part of prepared) await part.afterMigrations?.();

  const server = new Server(typescript('src/main.ts'), env);
  stops.unshift(() => server.stop());
  await server.start();
  const base = `http://localhost:${port}`;
  const lines = [
    '',
    `  API      ${base}`,
    `  Docs     ${base}/docs`,
    `  Metrics  http://localhost:${managementPort}/metrics`,
    ...prepared.flatMap(({ note }) => (note ? [`  - ${note}`] : [])),
    '',
    `  Try it:  curl ${base}/v1/products`,
    '  It restarts when a file changes; Ctrl-C ends it.',
    '',
  ];
  console.log(lines.join('\n'));
  server.watch(['src', 'openapi.yaml']);
}

let stopping = false;

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const end of stops) await end().catch((error) => console.error(error));
  process.exit(code);
}

process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));
main().catch((error: Error) => {
  console.error(error.message);
  return stop(1);
});
