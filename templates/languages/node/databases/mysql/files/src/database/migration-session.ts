import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2';
import type { MigrationSession } from './migrate.js';
import { optionsOf, sessionStatement } from './options.js';
import { statementsOf } from './statements.js';

const connectTimeoutMs = 10_000;
/** Requests that need the same table wait for as long: shorter than what they have. */
const lockTimeoutSeconds = 1;
const attempts = 40;
const longestPauseMs = 5000;
const lockWaitTimeout = 1205;
/** Asks again and again: a long wait could be ended by a timeout in between. */
const turnSeconds = 10;

/**
 * Waits until it alone may change the schema. MySQL commits with each statement that changes it: what is done of a file is
 * noted, and a file that failed is continued behind it.
 */
export async function openMigrationSession(databaseUrl: string): Promise<MigrationSession> {
  const connection = createConnection({ ...optionsOf(databaseUrl), connectTimeout: connectTimeoutMs });
  connection.on('error', () => {});
  const ask = (text: string, values: unknown[] = []) => query(connection, text, values);
  await ask(
    sessionStatement({ lock_wait_timeout: lockTimeoutSeconds, innodb_lock_wait_timeout: lockTimeoutSeconds }),
  );
  await takeTurn(ask);
  await ask(`create table if not exists migrations (
    name varchar(255) primary key, checksum varchar(64) not null, applied_at datetime(3) not null default current_timestamp(3)
  ) character set utf8mb4 collate utf8mb4_0900_bin`);
  await ask(`create table if not exists migration_steps (
    checksum varchar(64) primary key
  ) character set utf8mb4 collate utf8mb4_0900_bin`);

  /** The steps of the scripts that have been run since the last ones were forgotten. */
  let steps: string[] = [];
  const forgetSteps = async () => {
    if (steps.length > 0) await ask('delete from migration_steps where checksum in (?)', [steps]);
    steps = [];
  };

  /** Runs the statements of a script that have not been run, each by itself. */
  async function run(script: string): Promise<void> {
    let text = '';
    for (const { sql, line } of statementsOf(script)) {
      // One that was changed, or that follows one that was, is another step.
      text += `${sql};\n`;
      const step = createHash('sha256').update(text).digest('hex');
      steps.push(step);
      const done = await ask('select 1 from migration_steps where checksum = ?', [step]);
      if (done.length > 0) continue;
      try {
        await patiently(() => ask(sql));
      } catch (error) {
        throw Object.assign(error as Error, { scriptLine: line });
      }
      await ask('insert into migration_steps values (?)', [step]);
    }
  }

  return {
    run,
    runAlone: run,
    async applied(name) {
      const [row] = await ask('select checksum from migrations where name = ?', [name]);
      return row?.checksum;
    },
    async record(name, checksum) {
      await ask('start transaction');
      await ask('insert into migrations (name, checksum) values (?, ?)', [name, checksum]);
      await forgetSteps();
      await ask('commit');
    },
    async transaction(work) {
      steps = [];
      const result = await work();
      await forgetSteps();
      return result;
    },
    // The end of the session gives the lock back.
    close: () => new Promise((resolve) => connection.end(() => resolve())),
  };
}

type Ask = (text: string, values?: unknown[]) => Promise<RowDataPacket[]>;

function query(connection: Connection, text: string, values: unknown[]): Promise<RowDataPacket[]> {
  return new Promise((resolve, reject) => {
    connection.query<RowDataPacket[] | ResultSetHeader>(text, values, (error, result) => {
      if (error) reject(error);
      else resolve(Array.isArray(result) ? result : []);
    });
  });
}

/** Requests queue behind a statement that waits for a lock: it waits for a moment, then lets them pass. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { errno?: number }).errno !== lockWaitTimeout) throw error;
      if (tried === attempts) throw new Error(`${(error as Error).message} (tried ${attempts} times)`);
      await pause((0.5 + Math.random() / 2) * Math.min(250 * tried, longestPauseMs));
    }
  }
}

/** Names of locks belong to the whole server. */
async function takeTurn(ask: Ask): Promise<void> {
  for (;;) {
    const [row] = await ask(
      `select get_lock(concat(left(sha2(database(), 256), 20), ' migrations'), ${turnSeconds}) as taken`,
    );
    if (row?.taken === 1) return;
  }
}
