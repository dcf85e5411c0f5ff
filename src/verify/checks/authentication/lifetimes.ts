import type { Api, Instance } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { type Account, login, newAccount, refresh, register } from '../shared/accounts.js';
import { shortLives } from '../shared/shared-settings.js';

/** How long after its end a token may still be accepted: clocks of instances differ. */
const toleratedMs = 10_000;
/** The longest life of a refresh token that a row waits for. */
const waitedForMs = 20_000;
/** Seconds that an access token is good for. */
const [shortest, longest] = [60, 3600];
/** Members of a JWK that are secret (RFC 7518, section 6). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

export const lifetimes: Row[] = [
  {
    id: 'AU11',
    group: 'authentication',
    title: 'the end of tokens and sign-ins',
    expected: `an access token is good for ACCESS_TOKEN_TTL_S, ${shortest} to ${longest} s, as expiresIn says, and refused within 10 s of its end and with any change, also where it was accepted before; a refresh token is refused after REFRESH_TOKEN_TTL_S; a sign-out ends one sign-in; the published keys are public`,
    source: 'RFC 6749, section 5.1; RFC 7519, section 4.1.4; RFC 9700, section 4.14.2; OWASP ASVS V7.3',
    remedy:
      'Compare the expiry with the clock each time a token comes, key a cache of tokens by the whole token, and store when a sign-in ends.',
    evidence: [],
    needs: ['started', 'signIn'],
    quick: false,
    settings: shortLives,
    async run(api) {
      const account = newAccount();
      const registered = await register(api, account);
      expectStatus(registered, 201);
      expectLife(api, registered);
      const { id } = registered.json().account;
      await expectSignOutOfOne(api, account);
      await expectPublicKeys(api, registered.json().accessToken);
      await Promise.all([expectAccessEnds(api, id), expectRefreshEnds(api, account)]);
    },
  },
];

function expectLife(api: Api, response: Response): void {
  const { accessToken, expiresIn } = response.json();
  const { iat, exp } = partOf(accessToken, 1);
  expectEqual(expiresIn, exp - iat, 'expiresIn, as exp − iat of the access token,');
  expectEqual(expiresIn, Number(api.fleet.settings.ACCESS_TOKEN_TTL_S), 'expiresIn, as ACCESS_TOKEN_TTL_S,');
  expectThat(
    expiresIn >= shortest && expiresIn <= longest,
    `an access token that is good for ${shortest} to ${longest} s`,
    `expiresIn: ${expiresIn}`,
  );
  expectThat(Math.abs(iat - Date.now() / 1000) < 60, 'iat of now, in seconds', iat);
}

/** Header (0) or claims (1) of a token. */
function partOf(token: string, place: number) {
  return JSON.parse(Buffer.from(String(token).split('.')[place] ?? '', 'base64url').toString('utf8'));
}

async function expectSignOutOfOne(api: Api, account: Account): Promise<void> {
  const [first, second] = [await login(api, account), await login(api, account)];
  for (const response of [first, second]) {
    expectStatus(response, 200);
    expectLife(api, response);
  }
  const { refreshToken } = first.json();
  expectStatus(await api.send({ method: 'POST', path: '/v1/auth/logout', json: { refreshToken } }), 204);
  const [own, other] = [await refresh(api, refreshToken), await refresh(api, second.json().refreshToken)];
  expectProblem(own, 401, 'unauthenticated');
  expectThat(other.status === 200, 'another sign-in to outlive a sign-out', `status ${other.status}`);
  expectLife(api, other);
}

/** Where the API publishes its keys, other services verify tokens with them; they must not include a signing key. */
async function expectPublicKeys(api: Api, accessToken: string): Promise<void> {
  const published = api.contract.operations.find(({ path }) => path.endsWith('jwks.json'));
  if (!published) return;
  const response = await api.send({ path: published.path });
  expectStatus(response, 200);
  const keys: Record<string, unknown>[] = response.json().keys;
  const { kid } = partOf(accessToken, 0);
  expectThat(
    keys.some((key) => key.kid === kid),
    `a published key "${kid}" as of the access token`,
    keys.map((key) => key.kid),
  );
  const secret = keys.flatMap((key) => secretMembers.filter((name) => name in key));
  expectEqual(secret, [], 'secret members of the published keys:');
}

/** One that was accepted may be in the cache of an instance. */
async function expectAccessEnds(api: Api, subject: string): Promise<void> {
  const { instances } = api.fleet;
  const read = (token: string, { url }: Instance) =>
    api.send({ path: '/v1/me', headers: { authorization: `Bearer ${token}` }, to: url });
  for (let life = 2; ; life *= 2) {
    const exp = Math.floor(Date.now() / 1000) + life;
    const token = api.forge({ claims: { sub: subject, exp } });
    const before = await Promise.all(instances.map((instance) => read(token, instance)));
    // On a busy machine it can be over before it is read.
    if (before.some(({ status }) => status !== 200) && Date.now() > exp * 1000 && life < 16) continue;
    for (const response of before) expectStatus(response, 200);
    for (const [what, resembling] of resemblances(token))
      for (const instance of instances) {
        const { status } = await read(resembling, instance);
        expectThat(status === 401, `status 401 for an accepted token with ${what}`, `status ${status}`);
      }
    await pause(Math.max(0, exp * 1000 - Date.now()));
    for (const instance of instances) {
      let last: Response | undefined;
      const refused = async () => {
        last = await read(token, instance);
        return last.status === 401 || Date.now() > exp * 1000 + toleratedMs;
      };
      while (!(await refused())) await pause(200);
      expectThat(
        last!.status === 401,
        `status 401 for an access token ${toleratedMs / 1000} s after its exp`,
        `status ${last!.status}`,
      );
      expectProblem(last!, 401, 'unauthenticated');
    }
    return;
  }
}

/** Forged tokens that a cache could confuse with a known one, by the shared part. */
function resemblances(token: string): [changed: string, token: string][] {
  const [header, , signature = ''] = token.split('.');
  const claims = partOf(token, 1);
  const others = (changes: object) =>
    Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url');
  const unsigned = token.slice(0, -signature.length);
  const reversed = [...signature].reverse().join('');
  return [
    ['another signature', unsigned + reversed],
    ['no signature', unsigned],
    ['the end of its signature changed', token.slice(0, -12) + reversed.slice(-12)],
    ['a later end (exp)', [header, others({ exp: claims.exp + 3600 }), signature].join('.')],
  ];
}

async function expectRefreshEnds(api: Api, account: Account): Promise<void> {
  const lifeMs = Number(api.fleet.settings.REFRESH_TOKEN_TTL_S) * 1000;
  if (!(lifeMs <= waitedForMs)) return;
  const [first, second] = [await login(api, account), await login(api, account)];
  const exchanged = await refresh(api, second.json().refreshToken);
  for (const response of [first, second, exchanged]) expectStatus(response, 200);
  await pause(lifeMs + 500);
  for (const [what, { refreshToken }] of [
    ['a refresh token', first.json()],
    ['a refresh token of an exchange', exchanged.json()],
  ] as const) {
    const response = await refresh(api, refreshToken);
    expectThat(
      response.status === 401,
      `status 401 for ${what} after REFRESH_TOKEN_TTL_S (${lifeMs / 1000} s)`,
      `status ${response.status}`,
    );
    expectProblem(response, 401, 'unauthenticated');
  }
}
