import { type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import type { Config } from '../config.js';
import type { Log } from '../telemetry/log.js';
import { BearerTokens, rolesIn, type Verified } from './bearer-tokens.js';
import { IssuerKeys } from './issuer-keys.js';
import { roles, rolesUpTo } from './roles.js';
import { tenantIn } from './tenants.js';

/** As OpenID Connect Core, section 2, bounds it. */
const subject = /^[ -~]{1,255}$/;

type TokenConfig = Pick<
  Config,
  | 'OIDC_ISSUER'
  | 'OIDC_AUDIENCE'
  | 'OIDC_AUDIENCE_CLAIM'
  | 'OIDC_ROLES_CLAIM'
  | 'OIDC_TENANT_CLAIM'
  | 'OIDC_TOKEN_TYPE'
  | 'OIDC_ALGORITHMS'
  | 'OIDC_CLOCK_SKEW_S'
  | 'OIDC_KEYS_COOLDOWN_S'
>;

/** Access tokens of the issuer (RFC 9068), checked as RFC 8725 advises. */
export class AccessTokens extends BearerTokens {
  readonly #keys: IssuerKeys;

  constructor(
    private readonly config: TokenConfig,
    log: Log,
  ) {
    super();
    const { OIDC_ISSUER: issuer, OIDC_KEYS_COOLDOWN_S: seconds } = config;
    this.#keys = new IssuerKeys({ issuer, cooldownMs: seconds * 1000, log }, () => this.forget());
  }

  close(): void {
    this.#keys.close();
  }

  protected async verify(token: string): Promise<Verified> {
    const { config } = this;
    // The key comes from the issuer alone: `jwk`, `jku` and `x5u` in the header are never looked at.
    const { payload, protectedHeader } = await jwtVerify(token, (header) => this.#keys.find(header), {
      algorithms: [...config.OIDC_ALGORITHMS],
      issuer: config.OIDC_ISSUER,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: config.OIDC_CLOCK_SKEW_S,
    });
    if (!this.#isAccessToken(protectedHeader, payload)) throw new Error('it is no access token');
    const audiences = [payload[config.OIDC_AUDIENCE_CLAIM]].flat();
    if (!audiences.includes(config.OIDC_AUDIENCE)) throw new Error('it is for another audience');
    const { sub: id = '' } = payload;
    if (!subject.test(id)) throw new Error('the subject is empty, too long or not printable');
    const named = rolesIn(claimAt(payload, config.OIDC_ROLES_CLAIM));
    const granted = roles.filter((role) => named.includes(role)).flatMap(rolesUpTo);
    const tenant = tenantIn(claimAt(payload, config.OIDC_TENANT_CLAIM));
    return {
      principal: { id, roles: [...new Set(granted)], tenant },
      validUntil: (payload.exp! + config.OIDC_CLOCK_SKEW_S) * 1000,
    };
  }

  /** Whether it is no ID token, which proves to a client who has signed in and opens no API. */
  #isAccessToken({ typ }: JWTHeaderParameters, claims: JWTPayload): boolean {
    const type = typ?.toLowerCase().replace(/^application\//, '');
    if (type === 'at+jwt') return true;
    if (this.config.OIDC_TOKEN_TYPE === 'at+jwt' || (type !== undefined && type !== 'jwt')) return false;
    // Amazon Cognito and Keycloak name the use of a token in a claim.
    const { token_use: use = 'access', typ: kind = 'Bearer' } = claims;
    const ofSignIn = ['nonce', 'at_hash', 'c_hash'].some((name) => name in claims);
    return use === 'access' && kind === 'Bearer' && !ofSignIn;
  }
}

/** The claim of that name, or at that path: names of claims may have dots, as `https://example.com/roles`. */
function claimAt(claims: JWTPayload, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, name)
          ? (value as Record<string, unknown>)[name]
          : undefined,
      claims,
    );
}
