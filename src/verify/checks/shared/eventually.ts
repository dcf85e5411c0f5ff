import { Mismatch } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';

/** Time after which a write must be seen everywhere: on other instances it takes a message, and on replicas a lag. */
const visibleMs = 3000;

/**
 * Repeats a read until an expectation holds, because a write may reach other instances a moment later.
 * @throws Mismatch the last one, when the time is over
 */
export async function eventually<Result>(ask: () => Promise<Result>): Promise<Result> {
  const end = performance.now() + visibleMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Mismatch) || performance.now() > end) throw error;
      await pause(100);
    }
  }
}
