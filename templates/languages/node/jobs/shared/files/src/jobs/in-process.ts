import type { Broker } from './broker.js';

/** A queue within a worker, for development without a broker. */
export function inProcessBroker(): Broker {
  const waiting = new Set<string>();
  const running = new Set<Promise<void>>();
  let take = () => {};
  return {
    async publish(ids) {
      for (const id of ids) waiting.add(id);
      take();
    },
    consume(concurrency, work) {
      take = () => {
        for (const id of waiting) {
          if (running.size >= concurrency) return;
          waiting.delete(id);
          const done = work(id).finally(() => {
            running.delete(done);
            take();
          });
          running.add(done);
        }
      };
      take();
      return {
        async close() {
          take = () => {};
          await Promise.all(running);
        },
      };
    },
    async ping() {},
    async close() {},
  };
}
