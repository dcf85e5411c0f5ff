import type { CallContext } from '../context.js';
import { dependencyUnavailable } from '../problem.js';

interface Waiting {
  begin(): void;
}

/** Lets one at a time in, in order of arrival. */
export function createTurns(timeoutMs: number) {
  const queue: Waiting[] = [];
  let busy = false;

  function done(): void {
    const next = queue.shift();
    if (next) next.begin();
    else busy = false;
  }

  return {
    /**
     * @returns how to end the turn
     * @throws Problem `dependency-unavailable` when it does not come in time, and `context.cancelled`
     */
    next(context: CallContext): Promise<() => void> {
      if (context.cancelled) return Promise.reject(context.cancelled);
      if (!busy) {
        busy = true;
        return Promise.resolve(done);
      }
      return new Promise((resolve, reject) => {
        const leave = (reason: Error) => {
          queue.splice(queue.indexOf(waiting), 1);
          settle();
          reject(reason);
        };
        const timer = setTimeout(() => leave(dependencyUnavailable('database')), timeoutMs);
        const stop = context.onCancel(leave);
        const settle = () => {
          clearTimeout(timer);
          stop();
        };
        const waiting: Waiting = {
          begin() {
            settle();
            resolve(done);
          },
        };
        queue.push(waiting);
      });
    },
  };
}
