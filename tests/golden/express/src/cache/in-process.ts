import type { SharedStore, Stores } from './store.js';

/** Shares nothing: the first level of the cache and the local buckets are all there is. */
const nothing: SharedStore = {
  get: async () => undefined,
  set: async () => {},
  replace: async () => {},
  remove: async () => {},
  subscribe: () => {},
  connected: true,
};

/** Stores of a process that runs alone. */
export function inProcessStores(note: string): Stores {
  return {
    store: nothing,
    bucket: undefined,
    marks: undefined,
    ping: async () => {},
    close: async () => {},
    note,
  };
}
