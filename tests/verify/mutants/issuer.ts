import type { Mutant } from './mutant.js';

const tokens = 'dist/auth/access-tokens.js';
const keys = 'dist/auth/issuer-keys.js';
const headers = 'dist/auth/bearer-tokens.js';

/** Of projects for Node.js whose tokens come from an issuer. */
export const issuedNode: Mutant[] = [
  {
    row: 'AU6',
    name: 'forgets the keys of an issuer that is down',
    file: keys,
    from: 'this.#failed = true;',
    to: 'this.#failed = true; this.#find = undefined; this.onChange();',
  },
  {
    row: 'AU6',
    name: 'fetches the keys for every token of an unknown key',
    file: keys,
    from: 'performance.now() >= this.#nextFetch',
    to: 'true',
  },
  {
    row: 'AU6',
    name: 'fetches the keys for all that wait',
    file: keys,
    from: 'this.#fetching ??= this.#fetch()',
    to: 'this.#fetching = this.#fetch()',
  },
  {
    row: 'AU6',
    name: 'takes no new key until the next renewal',
    file: keys,
    from: 'if (this.#fetching || performance.now() >= this.#nextFetch)',
    to: 'if (false)',
  },
  {
    row: 'AU6',
    name: 'takes tokens of withdrawn keys that it knows',
    file: keys,
    from: 'this.onChange();',
    to: '',
  },
  {
    row: 'AU6',
    name: 'signs callers out while the issuer is down',
    file: keys,
    from: 'if (!this.#failed)',
    to: 'if (true)',
  },
  {
    row: 'AU6',
    name: 'tolerates no difference of clocks',
    file: tokens,
    from: 'clockTolerance: config.OIDC_CLOCK_SKEW_S',
    to: 'clockTolerance: 0',
  },
  {
    row: 'AU6',
    name: 'takes a token for ever that it has seen',
    file: headers,
    from: 'known !== undefined && Date.now() < known.validUntil',
    to: 'known !== undefined',
  },
  {
    row: 'AU2',
    name: 'takes tokens of any issuer',
    file: tokens,
    from: 'issuer: config.OIDC_ISSUER,',
    to: '',
  },
  {
    row: 'AU2',
    name: 'takes tokens for any audience',
    file: tokens,
    from: 'if (!audiences.includes(config.OIDC_AUDIENCE))',
    to: 'if (false)',
  },
  {
    row: 'AU2',
    name: 'takes ID tokens',
    file: tokens,
    from: "if (this.config.OIDC_TOKEN_TYPE === 'at+jwt' || ",
    to: 'if (',
  },
  {
    row: 'AU2',
    name: 'takes tokens without end',
    file: tokens,
    from: "requiredClaims: ['sub', 'exp']",
    to: "requiredClaims: ['sub']",
  },
  {
    row: 'AU2',
    name: 'takes a subject of any length',
    file: tokens,
    from: 'if (!subject.test(id))',
    to: 'if (false)',
  },
  {
    row: 'AU2',
    name: 'takes tokens without a signature',
    file: tokens,
    from: 'await jwtVerify(token,',
    to: `token.endsWith('.')
            ? { payload: JSON.parse(Buffer.from(token.split('.')[1], 'base64url')), protectedHeader: { typ: 'at+jwt' } }
            : await jwtVerify(token,`,
  },
  {
    row: 'AU2',
    name: 'takes its public key for a shared secret',
    file: tokens,
    from: 'await jwtVerify(token,',
    to: `JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).alg === 'HS256'
            ? await jwtVerify(token, async (header) => {
                const { KeyObject } = await import('node:crypto');
                const key = KeyObject.from(await this.#keys.find({ ...header, alg: 'ES256' }));
                return Buffer.from(key.export({ type: 'spki', format: 'pem' }));
              })
            : await jwtVerify(token,`,
  },
  {
    row: 'AU2',
    name: 'trusts the key in the header of a token',
    file: tokens,
    from: '(header) => this.#keys.find(header)',
    to: "async (header) => header.jwk ? (await import('jose')).importJWK(header.jwk, 'ES256') : this.#keys.find(header)",
  },
  {
    row: 'AU3',
    name: 'makes editors of all who sign in',
    file: tokens,
    from: 'named.includes(role)',
    to: "named.includes(role) || role === 'editor'",
  },
];

const pythonTokens = 'app/auth/access_tokens.py';
const pythonKeys = 'app/auth/issuer_keys.py';

/** Of projects in Python whose tokens come from an issuer. */
export const issuedPython: Mutant[] = [
  {
    row: 'AU6',
    name: 'forgets the keys of an issuer that is down',
    file: pythonKeys,
    from: 'self._failed = True',
    to: 'self._failed, self._keys, self._document = True, {}, None; self._on_change()',
  },
  {
    row: 'AU6',
    name: 'fetches the keys for every token of an unknown key',
    file: pythonKeys,
    from: 'monotonic() >= self._next_fetch)',
    to: 'True)',
  },
  {
    row: 'AU6',
    name: 'fetches the keys for all that wait',
    file: pythonKeys,
    from: 'if self._fetching is None:',
    to: 'if True:',
  },
  {
    row: 'AU6',
    name: 'takes no new key until the next renewal',
    file: pythonKeys,
    from: 'if kid not in self._keys and (self._fetching or monotonic() >= self._next_fetch):',
    to: 'if False:',
  },
  {
    row: 'AU6',
    name: 'takes tokens of withdrawn keys that it knows',
    file: pythonKeys,
    from: 'self._on_change()',
    to: 'pass',
  },
  {
    row: 'AU6',
    name: 'signs callers out while the issuer is down',
    file: pythonKeys,
    from: 'if kid and self._failed:',
    to: 'if False:',
  },
  {
    row: 'AU6',
    name: 'tolerates no difference of clocks',
    file: pythonTokens,
    from: 'leeway=config.OIDC_CLOCK_SKEW_S',
    to: 'leeway=0',
  },
  {
    row: 'AU6',
    name: 'takes a token for ever that it has seen',
    file: 'app/auth/bearer_tokens.py',
    from: 'if time.time() >= known.valid_until:',
    to: 'if False:',
  },
  {
    row: 'AU2',
    name: 'takes tokens of any issuer',
    file: pythonTokens,
    from: 'issuer=config.OIDC_ISSUER,',
    to: '',
  },
  {
    row: 'AU2',
    name: 'takes tokens for any audience',
    file: pythonTokens,
    from: 'if config.OIDC_AUDIENCE not in _listed(claims.get(config.OIDC_AUDIENCE_CLAIM)):',
    to: 'if False:',
  },
  {
    row: 'AU2',
    name: 'takes ID tokens',
    file: pythonTokens,
    from: 'if self._config.OIDC_TOKEN_TYPE == _TYPE or kind != "jwt":',
    to: 'if kind != "jwt":',
  },
  {
    row: 'AU2',
    name: 'takes a subject of any length',
    file: pythonTokens,
    from: 'if not _SUBJECT.fullmatch(claims["sub"]):',
    to: 'if False:',
  },
  {
    row: 'AU2',
    name: 'takes tokens without a signature',
    file: pythonTokens,
    from: 'algorithm = header.get("alg", "")',
    to: [
      'algorithm = header.get("alg", "")',
      '        if token.endswith("."):',
      '            found = jwt.decode(token, options={"verify_signature": False})',
      '            return Verified(Principal(found["sub"], frozenset(ROLES)), float(found["exp"]))',
    ].join('\n'),
  },
  {
    row: 'AU2',
    name: 'takes its public key for a shared secret',
    file: pythonTokens,
    from: 'algorithm = header.get("alg", "")',
    to: [
      'algorithm = header.get("alg", "")',
      '        if algorithm == "HS256":',
      '            import hmac, hashlib, base64',
      '            from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat',
      '            own = await self._keys.find(header.get("kid", ""), "ES256")',
      '            pem = own.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)',
      '            head, _, sent = token.rpartition(".")',
      '            mac = base64.urlsafe_b64encode(hmac.digest(pem, head.encode(), "sha256")).rstrip(b"=").decode()',
      '            if mac == sent:',
      '                found = jwt.decode(token, options={"verify_signature": False})',
      '                return Verified(Principal(found["sub"], frozenset(ROLES)), float(found["exp"]))',
    ].join('\n'),
  },
  {
    row: 'AU2',
    name: 'fails at tokens without an algorithm',
    file: pythonTokens,
    from: 'header.get("alg", "")',
    to: 'header["alg"]',
  },
  {
    row: 'AU2',
    name: 'trusts the key in the header of a token',
    file: pythonTokens,
    from: 'key = await self._keys.find(header.get("kid", ""), algorithm)',
    to: 'key = jwt.PyJWK(header["jwk"]).key if "jwk" in header else await self._keys.find(header.get("kid", ""), algorithm)',
  },
  {
    row: 'AU3',
    name: 'makes editors of all who sign in',
    file: pythonTokens,
    from: 'if role in named',
    to: 'if role in named or role == "editor"',
  },
];
