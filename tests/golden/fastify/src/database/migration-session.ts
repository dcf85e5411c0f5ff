import { setTimeout as pause } from 'node:timers/promises';
import { Client } from './client.js';
import type { MigrationSession } from './migrate.js';

/** Any number will do that no other program on the same database uses. */
const lockId = 72_707_369;
const connectTimeoutMs = 10_000;
/** Requests that need the same table wait for as long: shorter than what they have. */
const lockTimeoutMs = 1000;
const attempts = 40;
const longestPauseMs = 5000;
const lockNotAvailable = '55P03';

/** Waits until it alone may change the schema. */
export async function openMigrationSession(databaseUrl: string): Promise<MigrationSession> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: connectTimeoutMs });
  await client.connect();
  await client.speakUtc();
  await takeTurn(client);
  await client.query(`create table if not exists "migrations" (
    "name" text primary key, "checksum" text not null, "applied_at" timestamptz not null default now())`);

  async function run(script: string): Promise<void> {
    await client.query(script).catch((error: Error & { position?: string; scriptLine?: number }) => {
      if (error.position) error.scriptLine = script.slice(0, Number(error.position)).split('\n').length;
      throw error;
    });
  }

  /** Indexes that are named in a script, and that `create index concurrently` has begun but not finished. */
  async function invalidIndexes(script: string): Promise<string[]> {
    const { rows } = await client.query(`select relname, oid::regclass::text as "name" from pg_class
      join pg_index on indexrelid = oid where relkind = 'i' and not indisvalid`);
    return rows.filter(({ relname }) => script.includes(relname)).map(({ name }) => name);
  }

  return {
    run,
    async runAlone(script) {
      const failure = await run(script).then(
        () => undefined,
        (error: Error) => error,
      );
      const [index] = await invalidIndexes(script).catch(() => []);
      if (!failure && !index) return;
      const error = failure ?? new Error('the index exists already');
      if (index)
        error.message += `; the index ${index} is invalid: run "drop index concurrently ${index}", then migrate again`;
      throw error;
    },
    async applied(name) {
      const { rows } = await client.query('select "checksum" from "migrations" where "name" = $1', [name]);
      return rows[0]?.checksum;
    },
    async record(name, checksum) {
      await client.query('insert into "migrations" ("name", "checksum") values ($1, $2)', [name, checksum]);
    },
    async transaction(work) {
      for (let tried = 1; ; tried += 1) {
        await client.query(`begin; set local lock_timeout = ${lockTimeoutMs}`);
        try {
          const result = await work();
          await client.query('commit');
          return result;
        } catch (error) {
          await client.query('rollback');
          const { code } = ((error as Error).cause ?? error) as { code?: string };
          if (code !== lockNotAvailable) throw error;
          if (tried === attempts) throw new Error(`${(error as Error).message} (tried ${attempts} times)`);
          await pause((0.5 + Math.random() / 2) * Math.min(250 * tried, longestPauseMs));
        }
      }
    },
    // The end of the session gives the lock back.
    close: () => client.end(),
  };
}

/** Asks again and again: `create index concurrently` waits for statements in progress, one that waits for it included. */
async function takeTurn(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as "taken"', [lockId]);
    if (rows[0].taken) return;
    await pause(50 + Math.random() * 100);
  }
}
