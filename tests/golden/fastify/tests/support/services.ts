import type { TestProject } from 'vitest/node';
import * as auth from '../../scripts/dev/auth.js';
import { testCache } from './cache.js';
import { startDatabaseServer } from './database.js';

declare module 'vitest' {
  interface ProvidedContext {
    databaseServer: string;
    /** Empty where there is no shared store. */
    cacheUrl: string;
    /** Settings of the issuer that callers sign in at, where there is one. */
    signIn: Record<string, string>;
  }
}

/** Starts what the tests share, once for all files, and says what it is. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const database = await startDatabaseServer();
  const cache = await testCache();
  const signIn = await auth.prepare({ PORT: '3000' });
  project.provide('databaseServer', database.url);
  project.provide('cacheUrl', cache.url ?? '');
  project.provide('signIn', signIn.env);
  console.log(`${database.note}\nShared store: ${cache.note}`);
  return async () => {
    await signIn.stop();
    await cache.stop();
    await database.stop();
  };
}
