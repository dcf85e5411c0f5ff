import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { purgeRegularly } from '../database/purge.js';
import type { Policy } from '../limits/bucket.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { AccessTokens } from './access-tokens.js';
import type { Authenticator } from './authenticator.js';
import { Passwords } from './passwords.js';
import { sessions } from './sessions.js';
import { SignIn } from './sign-in.js';
import { readSigningKeys, type SigningKeys } from './signing-keys.js';

/** Sign-in with accounts of our own, access tokens and refresh tokens. */
export interface Auth extends Authenticator {
  signIn: SignIn;
  /** Attempts to sign in, per account and address. */
  policy: Policy;
  jwks: SigningKeys['jwks'];
}

/** @throws EnvironmentError when a key in the settings cannot be read */
export async function createAuth(given: {
  config: Config;
  log: Log;
  metrics: Metrics;
  database: Database;
}): Promise<Auth> {
  const { config, log, database } = given;
  const keys = await readSigningKeys(config.JWT_PRIVATE_KEY, config.JWT_PREVIOUS_PUBLIC_KEYS);
  const tokens = new AccessTokens(config, keys);
  const passwords = new Passwords(config.PASSWORD_HASH_CONCURRENCY);
  const close = purgeRegularly(database, log, sessions);
  return {
    authenticate: ({ authorization }) => tokens.authenticate(authorization),
    challenge: 'Bearer',
    signIn: new SignIn({ ...given, tokens, passwords }),
    // Counted one by one over all instances: no lease.
    policy: {
      name: 'auth',
      quota: config.RATE_LIMIT_AUTH,
      windowSeconds: config.RATE_LIMIT_WINDOW_S,
      lease: 1,
    },
    jwks: keys.jwks,
    close,
  };
}
