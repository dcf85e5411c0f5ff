import { setTimeout as pause } from 'node:timers/promises';

export { pause };

/** Asks again and again until it is true. @returns whether it became true in time */
export async function until(holds: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() > end) return false;
    await pause(25);
  }
}

/** The same promise. That it rejects before anybody awaits it does not end the process. */
export function awaitedLater<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => {});
  return work;
}
