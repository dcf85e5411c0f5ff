import * as auth from './dev/auth.js';
import * as cache from './dev/cache.js';
import { onChanges } from './dev/changes.js';
import * as database from './dev/database.js';
import { developmentEnvironment } from './dev/environment.js';
import { freePort } from './dev/port.js';
import { Server } from './dev/server.js';
import { run, typescript } from './dev/typescript.js';

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
  const env = developmentEnvironment();
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
  if (!(await migrate(env))) throw new Error('the API did not start: its schema is not up to date');
  for (const part of prepared) await part.afterMigrations?.();

  const api = typescript('src/main.ts', './scripts/dev/end-with-parent.ts');
  const server = new Server(api, { ...env, DEV_PROCESS: String(process.pid) });
  stops.unshift(() => server.stop());
  await server.start();
  const servers = [server];
  await onChanges(['src', 'openapi.yaml', 'migrations', 'seeds'], async (files) => {
    const schema = files.some((file) => /^(migrations|seeds)\b/.test(file));
    if (!schema || (await migrate(env))) await Promise.all(servers.map((one) => one.restart()));
  });
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
}

/** Applies new migrations, then the sample rows, and reports what fails. @returns whether the schema is up to date */
async function migrate(env: NodeJS.ProcessEnv): Promise<boolean> {
  if ((await run(typescript('src/database/migrate-command.ts'), env)) !== 0) return false;
  await run([...typescript('scripts/seed.ts'), 'new'], env);
  return true;
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
