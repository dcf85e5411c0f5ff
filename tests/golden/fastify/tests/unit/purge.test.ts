import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { purgeAll, purgeRegularly } from '../../src/database/purge.js';

const log = pino({ level: 'silent' });
let expired: number;
let isLocked: boolean;
const database = {
  transaction: (_context: unknown, work: (transaction: unknown) => Promise<unknown>) =>
    work({ tryLock: async () => !isLocked }),
} as unknown as Database;
const rows = {
  name: 'rows',
  async purge() {
    const deleted = Math.min(expired, 1000);
    expired -= deleted;
    return deleted;
  },
};

beforeEach(() => {
  expired = 20_500;
  isLocked = false;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => vi.useRealTimers());

test('begins five to ten seconds after the start, leaves nothing, and comes again every ten minutes', async () => {
  const stop = purgeRegularly(database, log, rows);
  await vi.advanceTimersByTimeAsync(4990);
  expect(expired).toBe(20_500);
  await vi.advanceTimersByTimeAsync(5010);
  await vi.waitFor(() => expect(expired).toBe(0));
  expired = 1500;
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
  await vi.advanceTimersByTimeAsync(600_000);
  await vi.waitFor(() => expect(expired).toBe(0));
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('another instance that holds the lock is left to it', async () => {
  isLocked = true;
  await purgeAll(database, rows);
  expect(expired).toBe(20_500);
});

test('a failure does not end it, and it stops between two batches', async () => {
  const failing = { ...rows, purge: vi.fn(rows.purge).mockRejectedValueOnce(new Error('down')) };
  const stop = purgeRegularly(database, log, failing);
  await vi.advanceTimersByTimeAsync(10_000);
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
  expect(expired).toBe(20_500);
  failing.purge.mockImplementationOnce(async () => {
    stop();
    return 1000;
  });
  await vi.advanceTimersByTimeAsync(600_000);
  await vi.waitFor(() => expect(failing.purge).toHaveBeenCalledTimes(2));
  expect(vi.getTimerCount()).toBe(0);
});
