import { mysqlProvider } from './mysql.js';
import { postgres } from './postgres.js';
import { redis } from './redis.js';
import type { Provider } from './service.js';

/** All ways to have a server. */
export const providers: readonly Provider[] = [postgres, mysqlProvider, redis];

/** @param protocol of a URL, without colon */
export function providerFor(protocol: string): Provider | undefined {
  return providers.find(({ protocols }) => protocols.includes(protocol));
}
