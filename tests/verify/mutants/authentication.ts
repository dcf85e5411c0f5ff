import { exerciseOf } from './exercise.js';
import type { Mutant } from './mutant.js';

const planted = exerciseOf('fastify');
const hooks = 'dist/plugins/auth.js';
const operations = 'dist/plugins/operations.js';
const tokens = 'dist/auth/access-tokens.js';
const headers = 'dist/auth/bearer-tokens.js';
const sessions = 'dist/auth/sessions.js';
const signIn = 'dist/auth/sign-in.js';
const passwords = 'dist/auth/passwords.js';
const registration = 'dist/auth/registration.js';
const routes = 'dist/auth/routes.js';
const accounts = 'dist/auth/accounts.js';
const keys = 'dist/auth/signing-keys.js';
const failures = 'dist/auth/failed-sign-ins.js';
const contract = 'openapi.yaml';

const verified = 'await jwtVerify(token, ({ kid }) => this.#key(kid), {';

export const authentication: Mutant[] = [
  {
    row: 'AU1',
    name: 'blames a token when there is none',
    file: hooks,
    from: "'www-authenticate': created.challenge",
    to: "'www-authenticate': 'Bearer error=\"invalid_token\"'",
  },
  {
    row: 'AU1',
    name: 'does not say how to authenticate',
    file: hooks,
    from: ", { headers: { 'www-authenticate': created.challenge } }",
    to: '',
  },
  {
    row: 'AU1',
    name: 'takes tokens from addresses',
    file: hooks,
    from: 'async ({ headers, context }, reply) => {',
    to: `async ({ headers, context, url }, reply) => {
        const [, token] = /access_token=([^&]+)/.exec(url) ?? [];
        if (token) headers.authorization = 'Bearer ' + token;`,
  },
  {
    row: 'AU1',
    name: 'takes tokens from cookies',
    file: hooks,
    from: 'async ({ headers, context }, reply) => {',
    to: `async ({ headers, context }, reply) => {
        const [, token] = /access_token=([^;]+)/.exec(headers.cookie ?? '') ?? [];
        if (token) headers.authorization = 'Bearer ' + token;`,
  },
  {
    row: 'AU1',
    name: 'leaves closed operations open',
    file: operations,
    from: 'if (!isOpen(security))',
    to: 'if (schema.closed)',
    also: ['IK4', 'RL2'],
  },
  planted('foreign-token', 'takes tokens of any issuer'),
  {
    row: 'AU2',
    name: 'takes tokens for any audience',
    file: tokens,
    from: 'audience: this.config.JWT_AUDIENCE,',
    to: '',
  },
  {
    row: 'AU2',
    name: 'takes tokens of any type',
    file: tokens,
    from: /typ: tokenType,\s+issuer/,
    to: 'issuer',
  },
  {
    row: 'AU2',
    name: 'takes expired tokens',
    file: tokens,
    from: 'clockTolerance: toleranceSeconds,',
    to: 'clockTolerance: 86_400,',
  },
  {
    row: 'AU2',
    name: 'takes tokens that never expire',
    file: tokens,
    from: "['sub', 'exp', 'iat', 'jti']",
    to: "['sub']",
  },
  {
    row: 'AU2',
    name: 'takes tokens of any subject',
    file: tokens,
    from: 'id === undefined || !isUuid(id)',
    to: 'id === undefined',
  },
  {
    row: 'AU2',
    name: 'takes headers of any length',
    file: headers,
    from: 'authorization.length > longestHeader',
    to: "authorization === ''",
  },
  {
    row: 'AU2',
    name: 'believes alg "none"',
    file: tokens,
    from: 'const { payload } = await jwtVerify(',
    to: `const [head, body] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
      const { payload } = /"alg":"none"/.test(head) ? { payload: JSON.parse(body) } : await jwtVerify(`,
  },
  {
    row: 'AU2',
    name: 'takes the public key for a secret',
    file: tokens,
    from: /\(\{ kid \}\) => this\.#key\(kid\), \{\s+algorithms: \[algorithm\],/,
    to: `async ({ kid, alg }) => {
      if (alg !== 'HS256') return this.#key(kid);
      const { exportSPKI } = await import('jose');
      return new TextEncoder().encode((await exportSPKI(this.#key(kid))).trim() + '\\n');
    }, {`,
  },
  {
    row: 'AU2',
    name: 'takes the key from the token',
    file: tokens,
    from: verified,
    to: `await jwtVerify(token, async ({ kid, jwk }) => {
      const { importJWK } = await import('jose');
      return jwk ? importJWK(jwk, algorithm) : this.#key(kid);
    }, {`,
  },
  {
    row: 'AU2',
    name: 'tries its own key for an unknown kid',
    file: tokens,
    from: 'this.keys.verifying.get(kid);',
    to: '(this.keys.verifying.get(kid) ?? [...this.keys.verifying.values()][0]);',
  },
  {
    row: 'AU2',
    name: 'tells what is wrong with a token',
    file: headers,
    from: 'throw invalidToken(error);',
    to: 'throw Object.assign(invalidToken(error), { message: error.message });',
  },
  {
    row: 'AU2',
    name: 'does not say invalid_token',
    file: headers,
    from: /`Bearer error="invalid_token".+`/,
    to: "'Bearer'",
  },
  {
    row: 'AU3',
    name: 'does not look at roles',
    file: hooks,
    from: 'if (role && ',
    to: 'if (role === 1 && ',
    also: ['AU9'],
  },
  planted('too-much-power', 'lets editors do what is for admins'),
  {
    row: 'AU3',
    name: 'takes a low role for no role',
    file: hooks,
    from: "new Problem('forbidden'",
    to: "new Problem('unauthenticated'",
  },
  planted('stolen-session', 'takes an old refresh token again'),
  {
    row: 'AU4',
    name: 'lets a sign-in live whose old token came back',
    file: signIn,
    from: 'endedFor: await sessions.end(transaction, refreshToken)',
    to: 'endedFor: undefined',
  },
  {
    row: 'AU4',
    name: 'ends a sign-in when two refreshes come at once',
    file: signIn,
    from: 'return conflict ? { conflict } : {',
    to: 'return {',
  },
  {
    row: 'AU4',
    name: 'spares the token before the newest for ever',
    file: sessions,
    from: ".where('rotatedAt', '>', iso(now - graceSeconds * 1000))",
    to: '',
  },
  {
    row: 'AU4',
    name: 'ends all sign-ins of an account for one old token',
    file: sessions,
    from: /(deleteFrom\('authSessions'\)\s+\.where\()'id', '=', (token\.slice\(0, idLength\))\)/,
    to: "$1'accountId', '=', db.selectFrom('authSessions').select('accountId').where('id', '=', $2))",
  },
  {
    row: 'AU4',
    name: 'stores refresh tokens as they are',
    file: sessions,
    from: "return createHash('sha256').update(token).digest('base64url');",
    to: 'return token;',
  },
  {
    row: 'AU4',
    name: 'rotates in two steps',
    file: sessions,
    from: /const \[row\] = await transaction\.query\(query\);(\s+return row && \{)/,
    to: `const [row] = await transaction.query(
        db.selectFrom('authSessions').select('accountId').where((eb) => eb.and({ id, tokenHash: hashOf(token) })),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      const change = db.updateTable('authSessions').set({ tokenHash: hashOf(next) }).where('id', '=', id);
      if (row) await transaction.query(change);$1`,
  },
  {
    row: 'AU4',
    name: 'makes access tokens that are good for a day',
    file: tokens,
    from: '.setExpirationTime(now + this.config.ACCESS_TOKEN_TTL_S)',
    to: '.setExpirationTime(now + 86_400)',
  },
  {
    row: 'AU5',
    name: 'hashes in one pass',
    file: passwords,
    from: 'timeCost: 2',
    to: 'timeCost: 1',
  },
  {
    row: 'AU5',
    name: 'hashes in little memory',
    file: passwords,
    from: 'memoryCost: 19_456',
    to: 'memoryCost: 9_728',
  },
  {
    row: 'AU5',
    name: 'hashes with argon2i',
    file: passwords,
    from: 'parallelism: 1 };',
    to: 'parallelism: 1, algorithm: 1 };',
  },
  {
    row: 'AU5',
    name: 'answers at once for an unknown account',
    file: passwords,
    from: 'const matches = await argon2.verify(',
    to: 'if (hash === undefined) return false; const matches = await argon2.verify(',
  },
  {
    row: 'AU5',
    name: 'says that an account is unknown',
    file: signIn,
    from: "detail: 'The e-mail address or the password is wrong.'",
    to: "detail: (await accounts.byEmail(database, email, context)) ? 'The password is wrong.' : 'There is no such account.'",
  },
  planted('frozen-sign-in', 'hashes where all requests are handled'),
  {
    row: 'AU8',
    name: 'keeps a token for each spelling of the header',
    file: headers,
    from: "const key = hash('sha256', token, 'base64url');",
    to: 'const key = authorization;',
  },
  {
    row: 'AU9',
    name: 'makes administrators of new accounts',
    file: signIn,
    from: "firstRole = 'reader'",
    to: "firstRole = 'admin'",
  },
  {
    row: 'AU9',
    name: 'puts all roles into the tokens that it issues',
    file: tokens,
    from: '{ roles: [...roles], tenant }',
    to: "{ roles: ['reader', 'editor', 'admin'] }",
  },
  {
    row: 'AU9',
    name: 'looks at no role where there is no body',
    file: hooks,
    from: /async \(\{ context: \{ principal \} \}\) => \{([\s\S]+?)if \((role && .+)\) \{/,
    to: "async ({ context: { principal }, headers }) => {$1if ((headers['content-length'] ?? 0) > 2 && $2) {",
    also: ['AU3'],
  },
  {
    row: 'AU9',
    name: 'asks nobody for a role who changes some fields',
    file: hooks,
    from: /async \(\{ context: \{ principal \} \}\) => \{([\s\S]+?)if \((role && .+)\) \{/,
    to: "async ({ context: { principal }, method }) => {$1if (method !== 'PATCH' && $2) {",
    also: ['AU3'],
  },
  {
    row: 'AU9',
    name: 'looks for a role in the text of a claim',
    file: headers,
    from: /return Array\.isArray\(claim\) \? .+;/,
    to: "return ['reader', 'editor', 'admin'].filter((role) => String(claim).includes(role));",
  },
  {
    row: 'AU10',
    name: 'forgets the security of PATCH in its document',
    file: contract,
    from: /(operationId: updateProduct\n(?:.+\n)*?)\s+security:\n\s+- bearer: \[\]\n\s+x-required-role: editor/,
    to: '$1      security: []',
  },
  {
    row: 'AU10',
    name: 'documents a lower role for PATCH',
    file: contract,
    from: /(operationId: updateProduct\n(?:.+\n)*?\s+x-required-role: )editor/,
    to: '$1reader',
  },
  {
    row: 'AU10',
    name: 'documents no role for DELETE',
    file: contract,
    from: /(operationId: deleteProduct\n(?:.+\n)*?)\s+x-required-role: admin\n/,
    to: '$1',
  },
  {
    row: 'AU11',
    name: 'takes a token for ever that it has seen',
    file: headers,
    from: 'known !== undefined && Date.now() < known.validUntil',
    to: 'known !== undefined',
  },
  {
    row: 'AU11',
    name: 'knows a token again by its claims',
    file: headers,
    from: "const key = hash('sha256', token, 'base64url');",
    to: "const key = hash('sha256', token.split('.')[1] ?? '', 'base64url');",
  },
  {
    row: 'AU11',
    name: 'knows a token again by its signature',
    file: headers,
    from: "const key = hash('sha256', token, 'base64url');",
    to: "const key = hash('sha256', token.split('.')[2] ?? '', 'base64url');",
  },
  {
    row: 'AU11',
    name: 'takes tokens for a minute after their end',
    file: tokens,
    from: 'const toleranceSeconds = 5;',
    to: 'const toleranceSeconds = 60;',
  },
  {
    row: 'AU11',
    name: 'takes refresh tokens without end',
    file: sessions,
    from: /(tokenHash: hashOf\(token\) \}\)\))\s+\.where\('expiresAt', '>', iso\(now\)\)/,
    to: '$1',
  },
  {
    row: 'AU11',
    name: 'measures the life of a refresh token in milliseconds',
    file: sessions,
    from: 'createdAt: iso(now), expiresAt: iso(now + ttlSeconds * 1000)',
    to: 'createdAt: iso(now), expiresAt: iso(now + ttlSeconds * 1000 * 1000)',
  },
  {
    row: 'AU11',
    name: 'lets a sign-in that is exchanged live for ever',
    file: sessions,
    from: 'rotatedAt: iso(now), expiresAt: iso(now + ttlSeconds * 1000)',
    to: 'rotatedAt: iso(now), expiresAt: iso(now + ttlSeconds * 1000 * 1000)',
  },
  {
    row: 'AU11',
    name: 'gives tokens a life of milliseconds',
    file: 'dist/auth/access-tokens.js',
    from: 'setExpirationTime(now + this.config.ACCESS_TOKEN_TTL_S)',
    to: 'setExpirationTime(now + this.config.ACCESS_TOKEN_TTL_S * 1000)',
  },
  {
    row: 'AU11',
    name: 'tells the life of a token in milliseconds',
    file: signIn,
    from: 'expiresIn: this.given.config.ACCESS_TOKEN_TTL_S',
    to: 'expiresIn: this.given.config.ACCESS_TOKEN_TTL_S * 1000',
  },
  {
    row: 'AU11',
    name: 'ends all sign-ins with one sign-out',
    file: signIn,
    from: '(transaction) => sessions.end(transaction, refreshToken)',
    to: `async (transaction) => {
      const accountId = await sessions.end(transaction, refreshToken);
      if (accountId) await sessions.endAll(transaction, accountId);
    }`,
  },
  {
    row: 'AU11',
    name: 'publishes its private key',
    file: routes,
    from: 'return jwks;',
    to: "return { keys: jwks.keys.map((key) => ({ ...key, d: 'the-private-part' })) };",
  },
  {
    row: 'AU12',
    name: 'looks an account up once for all',
    file: signIn,
    from: 'const account = await accounts.byId(this.given.database, context.principal.id, context);',
    to: 'const account = (this.known ??= await accounts.byId(this.given.database, context.principal.id, context));',
  },
  {
    row: 'AU12',
    name: 'takes a password in any case',
    file: passwords,
    from: "password.normalize('NFC')",
    to: "password.normalize('NFC').toLowerCase()",
  },
  {
    row: 'AU12',
    name: 'takes the first 72 bytes of a password for all of it',
    file: passwords,
    from: "password.normalize('NFC')",
    to: "Buffer.from(password.normalize('NFC')).subarray(0, 72)",
  },
  {
    row: 'AU12',
    name: 'cuts blanks off passwords',
    file: passwords,
    from: "password.normalize('NFC')",
    to: "password.normalize('NFC').trim()",
  },
  {
    row: 'AU12',
    name: 'takes two spellings of a password in Unicode for two',
    file: passwords,
    from: "password.normalize('NFC')",
    to: 'password',
  },
  {
    row: 'AU12',
    name: 'gives one address two accounts',
    file: accounts,
    from: "email.normalize('NFC').toLowerCase()",
    to: 'email',
  },
  {
    row: 'AU12',
    name: 'answers with the hash of a password',
    file: routes,
    from: 'const account = await signIn.me(request.context);',
    to: "const account = { ...(await signIn.me(request.context)), passwordHash: '$argon2id$' };\n        reply.type('application/json').serializer(JSON.stringify);",
  },
  {
    row: 'AU12',
    name: 'takes every password',
    file: 'dist/auth/password-rules.js',
    from: 'if (detail === undefined)',
    to: 'if (detail !== null)',
  },
  {
    row: 'AU12',
    name: "takes the service's name for a password",
    file: 'dist/auth/password-rules.js',
    from: /, service, .+\];/,
    to: '];',
  },
  {
    row: 'AU12',
    name: 'takes passwords that are guessed in an hour',
    file: 'dist/auth/password-rules.js',
    from: 'leastGuessesLog10 = 9;',
    to: 'leastGuessesLog10 = 4;',
  },
  {
    row: 'AU5',
    name: 'does not say when to try again after too many sign-ins',
    file: passwords,
    from: "'retry-after': '1'",
    to: "'retry-after': ''",
  },
  {
    row: 'AU13',
    name: 'gives all accounts the new hash of one',
    file: accounts,
    from: ".set({ passwordHash }).where('id', '=', id)",
    to: '.set({ passwordHash })',
  },
  {
    row: 'AU13',
    name: 'keeps hashes of an older cost',
    file: passwords,
    from: 'return !hash.startsWith(prefix);',
    to: 'return false;',
  },
  {
    row: 'AU13',
    name: 'replaces a hash before the password is known to be right',
    file: signIn,
    from: 'const found = await accounts.byEmail(database, email, context);',
    to: `const found = await accounts.byEmail(database, email, context);
        if (found && passwords.isOutdated(found.passwordHash)) {
            const hash = await passwords.hash(password, context);
            await database.transaction(context, (transaction) => accounts.setPasswordHash(transaction, found.account.id, hash));
        }`,
  },
  {
    row: 'AU14',
    name: 'forgets the keys before the current one',
    file: keys,
    from: 'keys.map(async (key) => [',
    to: 'keys.slice(0, 1).map(async (key) => [',
  },
  {
    row: 'AU14',
    name: 'does not publish the keys before the current one',
    file: keys,
    from: 'jwks: { keys }',
    to: 'jwks: { keys: keys.slice(0, 1) }',
  },
  {
    row: 'AU15',
    name: 'counts failed sign-ins for each address alone',
    file: failures,
    from: /const bucket = known .+;/,
    to: 'const bucket = own;',
  },
  {
    row: 'AU15',
    name: 'counts sign-ins that succeed as failed',
    file: failures,
    from: /if \(!failed\)\s+await this\.limiter\.giveBack\(.+\);/,
    to: '',
  },
  {
    row: 'AU15',
    name: 'locks the owner out while others guess',
    file: failures,
    from: /const known = .+;/,
    to: 'const known = false;',
  },
  {
    row: 'AU15',
    name: 'never counts where an account was used from',
    file: failures,
    from: 'failed = found === undefined;',
    to: 'failed = found === undefined && !known;',
  },
  {
    row: 'AU15',
    name: 'knows an address on one instance alone',
    file: failures,
    from: /await this\.marks\?\.leave\(.+\);/,
    to: '',
  },
  {
    row: 'AU16',
    name: 'tells who has an account',
    file: registration,
    from: 'await this.mailer.send(known',
    to: "if (known)\n            throw new Problem('conflict');\n        await this.mailer.send(known",
  },
  {
    row: 'AU16',
    name: 'sends no mail to an address that has an account',
    file: registration,
    from: 'await this.mailer.send(known',
    to: 'if (!known)\n            await this.mailer.send(known',
  },
  {
    row: 'AU16',
    name: 'does not wait for the mail of an address that has an account',
    file: registration,
    from: 'await this.mailer.send(known',
    to: 'if (known)\n            return void this.mailer.send(this.#reminder(email), context);\n        await this.mailer.send(known',
  },
  {
    row: 'AU16',
    name: 'sends a token to an address that has an account',
    file: registration,
    from: 'known ? this.#reminder(email) : await',
    to: 'await',
    also: ['AU12'],
  },
  {
    row: 'AU16',
    name: 'takes an access token for one of a mail',
    file: registration,
    from: /typ: tokenType,\s+issuer/,
    to: 'issuer',
  },
  {
    row: 'AU16',
    name: 'says that a mail was sent while the mail server is down',
    file: 'dist/mail/smtp.js',
    from: 'if (!refused)',
    to: 'if (false)',
  },
  {
    row: 'AU16',
    name: 'sends as many mails to an address as anybody asks for',
    file: routes,
    from: 'await app.limit(reply, mails, accountKey(body.email));',
    to: '',
  },
];
