import { hash } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { validate as isUuid, v4 as uuid } from 'uuid';
import type { Config } from '../config.js';
import type { Principal } from '../context.js';
import { Problem } from '../problem.js';
import { algorithm, type SigningKeys } from './signing-keys.js';

const tokenType = 'at+jwt';
/** Clocks of instances may differ by this much. */
const toleranceSeconds = 5;
const tokensKept = 10_000;
/** Characters of an Authorization header; our own tokens have a tenth of that. */
const longestHeader = 4096;
const bearer = /^bearer +([A-Za-z0-9_.~+/-]+=*)$/i;

type TokenConfig = Pick<Config, 'JWT_ISSUER' | 'JWT_AUDIENCE' | 'ACCESS_TOKEN_TTL_S'>;

/** Access tokens: JWTs (RFC 9068) signed with ES256, checked as RFC 8725 advises. */
export class AccessTokens {
  /** Callers by the hash of their token: a signature is checked once per token, its expiry on every request. */
  readonly #verified = new LRUCache<string, { principal: Principal; validUntil: number }>({
    max: tokensKept,
  });

  constructor(
    private readonly config: TokenConfig,
    private readonly keys: SigningKeys,
  ) {}

  /** A token for that caller, good for ACCESS_TOKEN_TTL_S seconds. */
  issue({ id, roles }: Principal): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const { kid, privateKey } = this.keys.current;
    return new SignJWT({ roles: [...roles] })
      .setProtectedHeader({ alg: algorithm, typ: tokenType, kid })
      .setIssuer(this.config.JWT_ISSUER)
      .setAudience(this.config.JWT_AUDIENCE)
      .setSubject(id)
      .setJti(uuid())
      .setIssuedAt(now)
      .setExpirationTime(now + this.config.ACCESS_TOKEN_TTL_S)
      .sign(privateKey);
  }

  /**
   * Who sent the request; at once for a token seen before.
   * @returns undefined when the header is missing or of another scheme
   * @throws Problem `unauthenticated`, the same whatever is wrong with the token
   */
  authenticate(authorization: string | undefined): Principal | undefined | Promise<Principal> {
    if (authorization === undefined) return undefined;
    if (authorization.length > longestHeader) throw invalidToken();
    if (!/^bearer\b/i.test(authorization)) return undefined;
    const [, token] = bearer.exec(authorization) ?? [];
    if (token === undefined) throw invalidToken();
    const key = hash('sha256', token, 'base64url');
    const known = this.#verified.get(key);
    if (known !== undefined && Date.now() < known.validUntil) return known.principal;
    return this.#verify(key, token);
  }

  async #verify(key: string, token: string): Promise<Principal> {
    try {
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
      const principal = { id, roles: rolesIn(payload.roles) };
      const validUntil = (payload.exp! + toleranceSeconds) * 1000;
      this.#verified.set(key, { principal, validUntil });
      return principal;
    } catch (error) {
      throw invalidToken(error);
    }
  }

  #key(kid: string | undefined) {
    const key = kid === undefined ? undefined : this.keys.verifying.get(kid);
    if (!key) throw new Error('the token names no key of ours');
    return key;
  }
}

/** 401 for an access or refresh token that is not good (RFC 6750, section 3.1). */
export function invalidToken(cause?: unknown): Problem {
  const detail = 'The token is expired, revoked or not valid.';
  return new Problem('unauthenticated', {
    detail,
    headers: { 'www-authenticate': `Bearer error="invalid_token", error_description="${detail}"` },
    cause,
  });
}

function rolesIn(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter((role) => typeof role === 'string') : [];
}
