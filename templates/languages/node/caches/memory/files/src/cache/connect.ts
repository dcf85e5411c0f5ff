import { inProcessStores } from './in-process.js';
import type { Stores } from './store.js';

/** Nothing is shared: cache and rate limits are those of this process. */
export async function createStores(_needs: object): Promise<Stores> {
  return inProcessStores('cache and rate limits live in this process: run one instance only');
}
