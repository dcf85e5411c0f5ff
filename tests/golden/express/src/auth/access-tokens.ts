import { jwtVerify, SignJWT } from 'jose';
import { validate as isUuid, v4 as uuid } from 'uuid';
import type { Config } from '../config.js';
import type { Principal } from '../context.js';
import { BearerTokens, rolesIn, type Verified } from './bearer-tokens.js';
import { algorithm, type SigningKeys } from './signing-keys.js';
import { tenantIn } from './tenants.js';

const tokenType = 'at+jwt';
/** Clocks of instances may differ by this much. */
const toleranceSeconds = 5;

type TokenConfig = Pick<Config, 'JWT_ISSUER' | 'JWT_AUDIENCE' | 'ACCESS_TOKEN_TTL_S'>;

/** Access tokens: JWTs (RFC 9068) signed with ES256, checked as RFC 8725 advises. */
export class AccessTokens extends BearerTokens {
  constructor(
    private readonly config: TokenConfig,
    private readonly keys: SigningKeys,
  ) {
    super();
  }

  /** A token for that caller, good for ACCESS_TOKEN_TTL_S seconds. */
  issue({ id, roles, tenant }: Principal): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const { kid, privateKey } = this.keys.current;
    return new SignJWT({ roles: [...roles], tenant })
      .setProtectedHeader({ alg: algorithm, typ: tokenType, kid })
      .setIssuer(this.config.JWT_ISSUER)
      .setAudience(this.config.JWT_AUDIENCE)
      .setSubject(id)
      .setJti(uuid())
      .setIssuedAt(now)
      .setExpirationTime(now + this.config.ACCESS_TOKEN_TTL_S)
      .sign(privateKey);
  }

  protected async verify(token: string): Promise<Verified> {
    // The key comes from our own list alone: `jwk`, `jku` and `x5u` in the header are never looked at.
    const { payload } = await jwtVerify(token, ({ kid }) => this.#key(kid), {
      algorithms: [algorithm],
      typ: tokenType,
      issuer: this.config.JWT_ISSUER,
      audience: this.config.JWT_AUDIENCE,
      requiredClaims: ['sub', 'exp', 'iat', 'jti'],
      maxTokenAge: this.config.ACCESS_TOKEN_TTL_S,
      clockTolerance: toleranceSeconds,
    });
    const { sub: id } = payload;
    if (id === undefined || !isUuid(id)) throw new Error('the subject is no account id');
    const validUntil = (payload.exp! + toleranceSeconds) * 1000;
    const principal = { id, roles: rolesIn(payload.roles), tenant: tenantIn(payload.tenant) };
    return { principal, validUntil };
  }

  #key(kid: string | undefined) {
    const key = kid === undefined ? undefined : this.keys.verifying.get(kid);
    if (!key) throw new Error('the token names no key of ours');
    return key;
  }
}
