import type { Link } from './redis-link.js';
import { markedMs, type SharedMarks } from './store.js';

/** Marks in Redis, which forgets them by itself. */
export function createRedisMarks(link: Link, prefix: string): SharedMarks {
  const keyOf = (name: string) => `${prefix}:mark:${name}`;
  const has = (name: string) =>
    link.ask((client) => client.exists(keyOf(name))).then(Boolean, () => undefined);
  return {
    async leave(name, forMs = markedMs) {
      await link.ask((client) => client.set(keyOf(name), '', 'PX', forMs)).catch(() => {});
    },
    has,
    async mayHave(name) {
      // What was to be left while it was away is not there.
      if (performance.now() < link.answersSince + markedMs) return true;
      return (await has(name)) ?? true;
    },
  };
}
