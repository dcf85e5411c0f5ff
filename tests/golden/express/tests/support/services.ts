import type { TestProject } from 'vitest/node';
import { testCache } from './cache.js';
import { startDatabaseServer } from './database.js';

declare module 'vitest' {
  interface ProvidedContext {
    databaseServer: string;
    /** Empty where there is no shared store. */
    cacheUrl: string;
  }
}

/** Starts what the tests share, once for all files, and says what it is. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const database = await startDatabaseServer();
  const cache = await testCache();
  project.provide('databaseServer', database.url);
  project.provide('cacheUrl', cache.url ?? '');
  console.log(`${database.note}\nShared store: ${cache.note}`);
  return async () => {
    await cache.stop();
    await database.stop();
  };
}
