import { vi } from 'vitest';

/** Repeats a check until it holds; a busy machine gets half a minute. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 30_000, interval: 20 });
}
