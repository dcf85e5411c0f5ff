import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { inBackground } from '../../src/background.js';
import { loadConfig } from '../../src/config.js';
import { migrationNames } from '../../src/database/migrate.js';
import { createSchemaCheck } from '../../src/database/schema.js';
import { type Api, type Surroundings, startInstance, surroundings } from '../support/api.js';
import { temporaryDatabase } from '../support/database.js';
import { start } from '../support/start.js';

const [last = ''] = migrationNames().slice(-1);
const checkTimeoutMs = 10_000;
const log = { debug: vi.fn(), error: vi.fn(), info: vi.fn(), warn: vi.fn() };
let place: Surroundings;
let api: Api;

beforeAll(async () => {
  place = await surroundings();
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

beforeEach(() => {
  vi.clearAllMocks();
});

function run(sql: string): Promise<unknown> {
  return inBackground((context) =>
    api.parts.database.transaction(context, (transaction) => transaction.query(CompiledQuery.raw(sql))),
  );
}

const forget = `delete from "migrations" where "name" = '${last}.sql'`;
const remember = `insert into "migrations" ("name", "checksum") values ('${last}.sql', 'known')`;

test('an instance whose schema is behind wants no traffic until the migration has been applied', async () => {
  await run(forget);
  const started = await startInstance(place);
  try {
    const behind = await started.send('GET', '/readyz');
    expect([behind.status, behind.body]).toEqual([
      503,
      { status: 'unavailable', checks: { ...behind.body.checks, schema: 'down' } },
    ]);
    await run(remember);
    const checks = async () => (await started.send('GET', '/readyz')).body;
    await expect.poll(checks, { timeout: 10_000 }).toMatchObject({ status: 'ready' });
    expect((await checks()).checks).not.toHaveProperty('schema');
  } finally {
    await started.close();
  }
});

test('the log says once which migrations are missing, and the command that applies them', async () => {
  await run(forget);
  const lacksMigration = createSchemaCheck(api.parts.database, log);
  expect([await lacksMigration(checkTimeoutMs), await lacksMigration(checkTimeoutMs)]).toEqual([true, true]);
  const command = 'node dist/database/migrate-command.js';
  expect(log.error.mock.calls).toEqual([[{ missing: [last], command }, 'the schema is behind']]);
  await run(remember);
  expect(await lacksMigration(checkTimeoutMs)).toBe(false);
  expect(log.info.mock.calls).toEqual([['the schema is up to date']]);
});

test('a schema that is ahead of the code is served', async () => {
  await run(`insert into "migrations" ("name", "checksum") values ('9999_newer.sql', 'unknown')`);
  const started = await startInstance(place);
  expect((await started.send('GET', '/readyz')).body).toMatchObject({ status: 'ready' });
  await started.close();
});

test('an empty database lacks every migration', async () => {
  const empty = await temporaryDatabase(inject('databaseServer'));
  const started = await start(loadConfig({ ...place.environment, DATABASE_URL: empty.url }));
  expect(await createSchemaCheck(started.parts.database, log)(checkTimeoutMs)).toBe(true);
  expect(log.error.mock.calls[0]).toMatchObject([{ missing: migrationNames() }, 'the schema is behind']);
  await started.close();
  await empty.drop();
});
