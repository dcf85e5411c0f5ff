import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Authenticator } from './authenticator.js';
import { KeyCheck } from './key-check.js';

/** Callers with API keys. */
export async function createAuth(given: {
  config: Config;
  log: Log;
  metrics: Metrics;
  database: Database;
}): Promise<Authenticator> {
  const check = new KeyCheck(given);
  return {
    authenticate: (headers, context) => check.authenticate(headers, context),
    challenge: 'Bearer',
    close: () => check.close(),
  };
}
