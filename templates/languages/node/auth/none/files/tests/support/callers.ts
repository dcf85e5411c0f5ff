import type { Platform } from '../../src/platform.js';

/** Headers of callers by role; nobody needs any. */
export async function callers(_platform: Platform) {
  return { nobody: {}, reader: {}, editor: {}, admin: {} };
}
