import type { Stores } from '../cache/store.js';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { purgeRegularly } from '../database/purge.js';
import type { Policy } from '../limits/bucket.js';
import type { Limiter } from '../limits/limiter.js';
import { createMailer } from '../mail/smtp.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { AccessTokens } from './access-tokens.js';
import type { Authenticator } from './authenticator.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { Passwords } from './passwords.js';
import { Registration } from './registration.js';
import { sessions } from './sessions.js';
import { SignIn } from './sign-in.js';
import { readSigningKeys, type SigningKeys } from './signing-keys.js';

const mailsWindowS = 3600;

/** Sign-in with accounts of our own, access tokens and refresh tokens. */
export interface Auth extends Authenticator {
  signIn: SignIn;
  /** Attempts to sign in, per account and address, and to register, per address. */
  policy: Policy;
  /** Mails to an address that somebody registers. */
  mails: Policy;
  jwks: SigningKeys['jwks'];
}

/** @throws EnvironmentError when a key in the settings cannot be read */
export async function createAuth(given: {
  config: Config;
  log: Log;
  metrics: Metrics;
  database: Database;
  limiter: Limiter;
  stores: Pick<Stores, 'marks'>;
}): Promise<Auth> {
  const { config, log, database, limiter, stores } = given;
  const keys = await readSigningKeys(config.JWT_PRIVATE_KEY, config.JWT_PREVIOUS_PUBLIC_KEYS);
  const tokens = new AccessTokens(config, keys);
  const passwords = new Passwords(config.PASSWORD_HASH_CONCURRENCY);
  const failures = new FailedSignIns(config, limiter, stores.marks);
  const mailer = createMailer(given);
  if (!mailer) log.info('MAIL_URL is not set: registration is closed');
  const registration = new Registration(config, keys, database, mailer);
  const close = purgeRegularly(database, log, sessions);
  return {
    authenticate: ({ authorization }) => tokens.authenticate(authorization),
    challenge: 'Bearer',
    signIn: new SignIn({ ...given, tokens, passwords, failures, registration }),
    // Counted one by one over all instances: no lease.
    policy: {
      name: 'auth',
      quota: config.RATE_LIMIT_AUTH,
      windowSeconds: config.RATE_LIMIT_WINDOW_S,
      lease: 1,
    },
    mails: { name: 'mails', quota: config.RATE_LIMIT_MAILS, windowSeconds: mailsWindowS, lease: 1 },
    jwks: keys.jwks,
    close,
  };
}
