import type { Api } from '../../cluster/api.js';
import { jwkOf, newSigningKey } from '../../http/tokens.js';

type Token = Parameters<Api['forge']>[0];

/**
 * Tokens that must be rejected, each with the reason.
 * @param claims of a good token
 */
export function forgeries(api: Api, claims: Record<string, unknown>): [wrong: string, token: string][] {
  const now = Math.floor(Date.now() / 1000);
  const own = newSigningKey();
  const jwk = jwkOf(own);
  const forge = (token: Token) => api.forge({ ...token, claims: { ...claims, ...token.claims } });
  const signed: [string, Token][] = [
    ['an expiry that has passed', { claims: { iat: now - 1200, exp: now - 600 } }],
    ['no expiry', { claims: { exp: undefined } }],
    ['a beginning (nbf) in the future', { claims: { nbf: now + 600 } }],
    ['another issuer', { claims: { iss: 'https://issuer.example' } }],
    ['no issuer', { claims: { iss: undefined } }],
    ['another audience', { claims: { aud: 'another-api' } }],
    ['no audience', { claims: { aud: undefined } }],
    ['no subject', { claims: { sub: undefined } }],
    api.fleet.issuer
      ? ['a subject of 300 characters', { claims: { sub: 'x'.repeat(300) } }]
      : ['a subject that is no UUID', { claims: { sub: 'somebody-else' } }],
    ['the type JWT, as of an identity token', { header: { typ: 'JWT' } }],
    ['no type', { header: { typ: undefined } }],
    ['an unknown kid', { header: { kid: 'unknown' } }],
    ['alg "none" and no signature', { header: { alg: 'none' }, secret: '' }],
    ['alg "NonE" and no signature', { header: { alg: 'NonE' }, secret: '' }],
    ['no alg', { header: { alg: undefined } }],
    ['no signature', { secret: '' }],
    ['HS256 and the public key as the secret', { header: { alg: 'HS256' } }],
    ['the signature of another key', { secret: own }],
    ['another key in its header (jwk)', { header: { jwk }, secret: own }],
    ['another key in its header (jwk) and no kid', { header: { jwk, kid: undefined }, secret: own }],
  ];
  return [
    ...signed.map(([wrong, token]): [string, string] => [wrong, forge(token)]),
    // CVE-2022-21449: r and s of zero fit every message without a check of their range.
    ['a signature of zeros', forge({ secret: '' }) + Buffer.alloc(64).toString('base64url')],
    ['claims that were changed after signing', changed(forge({}))],
    ['no form of a token', 'not-a-token'],
    ['three empty parts', '..'],
  ];
}

/** The token with another subject and the signature of the first. */
function changed(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const other = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' })).toString('base64url');
  return [header, other, signature].join('.');
}
