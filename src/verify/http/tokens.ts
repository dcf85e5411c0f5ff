import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import { type Role, roles } from './exchange.js';

/** The tenant of callers, unless a row asks for another. */
export const commonTenant = 'verify';

/** Signs tokens with the key that the instances are given, so that a row can be any caller, or a forger. */
export class Tokens {
  readonly #key: KeyObject;
  /** SPKI PEM of the key that tokens are verified with. */
  readonly publicPem: string;
  readonly #header: Record<string, unknown>;

  /**
   * @param pem PKCS#8 PEM of a P-256 key
   * @param issuer and audience, as the instances expect them
   */
  constructor(
    pem: string,
    private readonly issuer: string,
    private readonly audience: string,
  ) {
    this.#key = createPrivateKey(pem);
    const publicKey = createPublicKey(this.#key);
    this.publicPem = publicPemOf(pem);
    this.#header = { alg: 'ES256', typ: 'at+jwt', kid: thumbprint(publicKey) };
  }

  /** A good access token (RFC 9068) of a caller with that role and all before it; null stands for no tenant. */
  issue(role: Role, subject: string, tenant: string | null = commonTenant): string {
    const granted = roles.slice(0, roles.indexOf(role) + 1);
    return this.forge({ claims: { sub: subject, roles: granted, tenant: tenant ?? undefined } });
  }

  /**
   * A token with these claims and header members over those of a good one; undefined leaves one out.
   * @param secret signs it with HMAC SHA-256 (alg HS256) or with another EC key, PEM; an empty one leaves the signature out
   */
  forge({
    claims = {},
    header = {},
    secret,
  }: {
    claims?: Record<string, unknown>;
    header?: Record<string, unknown>;
    secret?: Buffer | string;
  }): string {
    const now = Math.floor(Date.now() / 1000);
    const body = {
      iss: this.issuer,
      aud: this.audience,
      sub: 'a7e0a3a2-5f0e-4f43-9b43-4ff2cf4d7f01',
      jti: randomUUID(),
      iat: now,
      exp: now + 300,
      tenant: commonTenant,
      ...claims,
    };
    const head = { ...this.#header, ...header };
    const input = `${encoded(head)}.${encoded(body)}`;
    return `${input}.${this.#signature(input, String(head.alg), secret)}`;
  }

  #signature(input: string, algorithm: string, secret: Buffer | string | undefined): string {
    if (secret !== undefined && secret.length === 0) return '';
    if (algorithm.startsWith('HS'))
      return createHmac('sha256', secret ?? this.publicPem)
        .update(input)
        .digest('base64url');
    const key = secret === undefined ? this.#key : createPrivateKey(secret);
    return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  }
}

/** A new P-256 key as PKCS#8 PEM. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** The public key as a JWK. */
export function jwkOf(pem: string): JsonWebKey {
  return createPublicKey(pem).export({ format: 'jwk' });
}

/** SPKI PEM of the public key. @param pem of the key */
export function publicPemOf(pem: string): string {
  return createPublicKey(pem).export({ type: 'spki', format: 'pem' }) as string;
}

/** The name of a key (RFC 7638). @param pem of the key */
export function thumbprintOf(pem: string): string {
  return thumbprint(createPublicKey(pem));
}

/** RFC 7638. */
function thumbprint(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
