import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Principal } from '../context.js';
import { Problem } from '../problem.js';

const tokensKept = 10_000;
/** Characters of an Authorization header. */
const longestHeader = 4096;
const bearer = /^bearer +([A-Za-z0-9_.~+/-]+=*)$/i;

/** The caller that a token was issued to. */
export interface Verified {
  principal: Principal;
  /** When the token expires, in milliseconds. */
  validUntil: number;
}

function newCache() {
  return new LRUCache<string, Verified>({ max: tokensKept });
}

/** Access tokens in the Authorization header (RFC 6750). */
export abstract class BearerTokens {
  /** Callers by the hash of their token: a signature is checked once per token, its expiry on every request. */
  #verified = newCache();

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

  /** Checks a token that was not seen before. @throws Error that says what is wrong with it */
  protected abstract verify(token: string): Promise<Verified>;

  /** Has every token checked again. */
  protected forget(): void {
    // Not emptied: a check that has begun must not add to it.
    this.#verified = newCache();
  }

  async #verify(key: string, token: string): Promise<Principal> {
    const cache = this.#verified;
    try {
      const verified = await this.verify(token);
      cache.set(key, verified);
      return verified.principal;
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw invalidToken(error);
    }
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

/** The roles that a claim names; other forms than a list name none. */
export function rolesIn(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter((role) => typeof role === 'string') : [];
}
