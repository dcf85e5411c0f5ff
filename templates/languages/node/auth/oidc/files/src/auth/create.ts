import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { EnvironmentError } from '../env.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { AccessTokens } from './access-tokens.js';
import type { Authenticator } from './authenticator.js';
import { isTrustworthy } from './issuer-keys.js';

/** Asymmetric algorithms: a verifier cannot sign. */
const asymmetric = /^(ES|PS|RS)(256|384|512)$|^EdDSA$/;

/**
 * Sign-in at an issuer of OpenID Connect, whose access tokens callers bring. Waits for no answer of the issuer.
 * @throws EnvironmentError when a setting cannot be used
 */
export async function createAuth({
  config,
  log,
}: {
  config: Config;
  log: Log;
  metrics: Metrics;
  database: Database;
}): Promise<Authenticator> {
  const { OIDC_ISSUER: issuer, OIDC_ALGORITHMS: algorithms } = config;
  const wrong: string[] = [];
  if (!isTrustworthy(issuer)) wrong.push('OIDC_ISSUER must be an HTTPS URL: its keys are trusted');
  if (algorithms.length === 0 || !algorithms.every((name) => asymmetric.test(name)))
    wrong.push('OIDC_ALGORITHMS must name asymmetric algorithms, such as ES256 or RS256');
  if (wrong.length > 0) throw new EnvironmentError(wrong);
  const tokens = new AccessTokens(config, log);
  return {
    authenticate: ({ authorization }) => tokens.authenticate(authorization),
    challenge: 'Bearer',
    close: () => tokens.close(),
  };
}
