import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectRetryAfter,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { login, newAccount, register } from '../shared/accounts.js';
import { littleAtOnce } from '../shared/shared-settings.js';

/** The response to a sign-in or a refresh. */
interface Pair {
  accessToken: string;
  refreshToken: string;
}

export const sessions: Row[] = [
  {
    id: 'AU4',
    group: 'authentication',
    title: 'refresh tokens',
    expected:
      'a new pair for each, good on all instances; the old one is dead, and its reuse ends that sign-in; of several at once one gets 200, the others 409 with Retry-After, and the sign-in lives',
    source: 'RFC 9700, section 4.14.2; RFC 6749, section 10.4',
    remedy:
      'Replace the stored hash in one conditional update, remember the hash before it for some seconds (409), and delete the session when an older token comes back.',
    evidence: ['stateless', 'balanced'],
    needs: ['started', 'signIn'],
    quick: false,
    settings: littleAtOnce,
    async run(api) {
      const account = newAccount();
      const registered = await register(api, account);
      expectStatus(registered, 201);
      const first = await expectPair(api, registered);
      const elsewhere = await expectPair(api, await login(api, account));

      const second = await expectPair(api, await refresh(api, first));
      for (const name of ['accessToken', 'refreshToken'] as const)
        expectThat(second[name] !== first[name], `another ${name} after a refresh`, 'the same');
      const third = await expectPair(api, await refresh(api, second));
      await expectDead(api, first, 'a refresh token that was rotated twice');
      await expectDead(api, third, 'the newest token of a sign-in whose old token came back');

      const kept = await expectPair(api, await refresh(api, elsewhere));
      // One is too long for the schema, another unknown to the database.
      expectStatus(await refresh(api, { ...kept, refreshToken: kept.accessToken }), 401, 422);
      const swapped = { authorization: `Bearer ${kept.refreshToken}` };
      expectProblem(await api.send({ path: '/v1/me', headers: swapped }), 401, 'unauthenticated');
      await expectStoredHashed(api, kept);
      await expectOneOfMany(api, account);
      await expectGrace(api, account);

      const ended = await api.send({
        method: 'POST',
        path: '/v1/auth/logout',
        json: { refreshToken: kept.refreshToken },
      });
      expectStatus(ended, 204);
      await expectDead(api, kept, 'the token of a sign-in that was ended');
    },
  },
];

function refresh(api: Api, { refreshToken }: Pair, to?: string): Promise<Response> {
  return api.send({
    method: 'POST',
    path: '/v1/auth/refresh',
    json: { refreshToken },
    ...(to ? { to } : {}),
  });
}

/** Tokens of the form in the contract, which no cache may store and every instance accepts. */
async function expectPair(api: Api, response: Response): Promise<Pair> {
  expectStatus(response, 200, 201);
  expectHeader(response, 'Cache-Control', /\bno-store\b/);
  const { accessToken, refreshToken } = response.json();
  const [part = ''] = String(accessToken).split('.');
  const header = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  expectEqual([header?.typ, header?.alg], ['at+jwt', 'ES256'], 'typ and alg of the access token:');
  expectThat(
    typeof refreshToken === 'string' && refreshToken.length >= 32 && !/^eyJ/.test(refreshToken),
    'an opaque refresh token of 32 characters or more',
    refreshToken,
  );
  for (const { url } of api.fleet.instances) {
    const me = await api.send({
      path: '/v1/me',
      headers: { authorization: `Bearer ${accessToken}` },
      to: url,
    });
    expectStatus(me, 200);
  }
  return { accessToken, refreshToken };
}

async function expectDead(api: Api, pair: Pair, what: string): Promise<void> {
  const response = await refresh(api, pair);
  expectThat(response.status === 401, `status 401 for ${what}`, `status ${response.status}`);
  expectProblem(response, 401, 'unauthenticated');
}

/** Several times, as it depends on which two meet. */
async function expectOneOfMany(api: Api, account: Parameters<typeof login>[1]): Promise<void> {
  const { instances } = api.fleet;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const pair = await expectPair(api, await login(api, account));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, place) => refresh(api, pair, instances[place % instances.length]!.url)),
    );
    const good = answers.filter(({ status }) => status === 200);
    expectEqual(good.length, 1, 'answers 200 to the same refresh token at once:');
    for (const answer of answers) if (answer !== good[0]) expectConflict(answer);
    const winner = await expectPair(api, good[0]!);
    await expectPair(api, await refresh(api, winner));
  }
}

/** The token before the newest is a race at first, and a theft later. */
async function expectGrace(api: Api, account: Parameters<typeof login>[1]): Promise<void> {
  const graceMs = Number(api.fleet.settings.REFRESH_GRACE_S ?? 0) * 1000;
  const first = await expectPair(api, await login(api, account));
  const exchanged = await refresh(api, first);
  if (graceMs > 0) expectConflict(await refresh(api, first));
  const second = await expectPair(api, exchanged);
  const third = await expectPair(api, await refresh(api, second));
  await pause(graceMs + 500);
  await expectDead(api, second, 'the token before the newest one, after the time of grace');
  await expectDead(api, third, 'the newest token of a sign-in whose last token came back too late');
}

function expectConflict(response: Response): void {
  expectProblem(response, 409, 'conflict');
  expectRetryAfter(response);
}

async function expectStoredHashed(api: Api, { refreshToken }: Pair): Promise<void> {
  if (!api.fleet.hasDatabase) return;
  const found = await api.fleet.sql.textsLike(`%${refreshToken}%`);
  expectEqual(found, [], 'places in the database that hold a refresh token as it stands:');
}
