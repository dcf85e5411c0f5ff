import { setImmediate as nextTurn } from 'node:timers/promises';
import { inBackground } from '../background.js';
import type { Log } from '../telemetry/log.js';
import type { Database, Transaction } from './database.js';

/** Between half and all of this after the start, so that instances that start together do not begin together. */
const firstWithinMs = 10_000;
const everyMs = 600_000;

/** Rows that expire. */
export interface Expiring {
  readonly name: string;
  /** Deletes a batch of expired rows. @returns how many; 0 when no more are left */
  purge(transaction: Transaction): Promise<number>;
}

/** Deletes expired rows batch by batch until none is left. One instance at a time does; the others return at once. */
export async function purgeAll(
  database: Database,
  { name, purge }: Expiring,
  isStopped = () => false,
): Promise<void> {
  const batch = () =>
    inBackground((context) =>
      database.transaction(context, async (transaction) =>
        (await transaction.tryLock(`${name} purge`)) ? purge(transaction) : 0,
      ),
    );
  // Requests go first where a statement occupies the event loop.
  while (!isStopped() && (await batch()) > 0) await nextTurn();
}

/** Purges soon after the start, then every ten minutes. @returns how to stop */
export function purgeRegularly(database: Database, log: Log, rows: Expiring): () => void {
  let stopped = false;
  const run = async () => {
    await purgeAll(database, rows, () => stopped).catch((error) =>
      log.warn({ error }, `${rows.name} not purged`),
    );
    if (!stopped) timer = setTimeout(run, everyMs).unref();
  };
  let timer = setTimeout(run, (firstWithinMs * (1 + Math.random())) / 2).unref();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
