import { randomUUID } from 'node:crypto';
import type { Api, Instance } from '../../cluster/api.js';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { type Account, login, newAccount, refresh, register } from '../shared/accounts.js';
import { type Line, lineIn, withId } from '../shared/log-lines.js';

/** Logs may be collected for a moment before they are written. */
const writtenMs = 3000;
/** Of this process, as an instance sees it. */
const ownAddress = /^(::ffff:)?127\.0\.0\.1$/;

export const securityEvents: Row[] = [
  {
    id: 'LG3',
    group: 'observability',
    title: 'a refused sign-in is a security event',
    expected:
      "one line with event authn_login_fail, a level of warning, the requestId, the client's address and a key of the account; authn_token_reuse for a refresh token that comes back; neither with e-mail, password or token",
    source: 'OWASP ASVS V16.3.1; OWASP Logging Vocabulary Cheat Sheet',
    remedy: 'Log an event where a sign-in is refused, with the address and a keyed hash of the account.',
    evidence: ['observed'],
    needs: ['started', 'signIn', 'logs'],
    quick: false,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const before = instance.lines().length;
      const account = newAccount();
      const stranger = newAccount();
      const registered = await register(api, account);
      expectStatus(registered, 201);
      const wrong = newAccount();
      const first = await refusal(api, instance, { ...account, password: wrong.password });
      const again = await refusal(api, instance, { ...account, password: stranger.password });
      const unknown = await refusal(api, instance, stranger);
      const told = Object.entries(first).filter(
        ([name, value]) => typeof value === 'string' && value === again[name] && value !== unknown[name],
      );
      expectThat(
        told.length > 0,
        'a member that is the same for one account and another for another',
        JSON.stringify([first, unknown]),
      );
      const requestId = randomUUID();
      expectStatus(await login(api, account, withId(api, requestId)), 200);
      const tokens = await reuse(api, instance, registered.json().refreshToken);
      for (const line of eventsSince(api, instance, before))
        expectThat(
          line.requestId !== requestId,
          'no event for a sign-in that succeeds',
          JSON.stringify(line),
        );
      const secrets = [account, stranger, wrong].flatMap(({ email, password }) => [
        email,
        email.split('@')[0]!,
        password,
      ]);
      for (const line of instance.lines().slice(before))
        for (const secret of [...secrets, ...tokens])
          expectThat(!line.includes(secret), 'no e-mail, password or token in the log', line.slice(0, 500));
    },
  },
];

/** Fails to sign in. @returns its log line */
async function refusal(api: Api, instance: Instance, account: Account): Promise<Line> {
  const requestId = randomUUID();
  const response = await login(api, account, withId(api, requestId), instance.url);
  expectProblem(response, 401, 'unauthenticated');
  return eventOf(api, instance, requestId, 'authn_login_fail');
}

/** Exchanges a refresh token twice and sends the first again. @returns the tokens */
async function reuse(api: Api, instance: Instance, first: string): Promise<string[]> {
  const tokens = [first];
  for (const _ of [1, 2]) {
    const response = await refresh(api, tokens.at(-1)!, {}, instance.url);
    expectStatus(response, 200);
    tokens.push(response.json().refreshToken);
  }
  const requestId = randomUUID();
  const again = await refresh(api, first, withId(api, requestId), instance.url);
  expectProblem(again, 401, 'unauthenticated');
  await eventOf(api, instance, requestId, 'authn_token_reuse');
  return tokens;
}

/** The one event of a request. */
async function eventOf(api: Api, instance: Instance, requestId: string, event: string): Promise<Line> {
  const found = () => eventsSince(api, instance, 0).filter((line) => line.requestId === requestId);
  await until(() => found().length > 0, writtenMs);
  const lines = found();
  expectEqual(
    lines.map((line) => line.event),
    [event],
    `"event" of the lines with "requestId": "${requestId}"`,
  );
  const text = JSON.stringify(lines[0]);
  expectThat(/^warn/i.test(String(lines[0]!.level)), 'a "level" of warning', text);
  expectThat(
    Object.values(lines[0]!).some((value) => ownAddress.test(String(value))),
    "the client's address",
    text,
  );
  return lines[0]!;
}

function eventsSince(api: Api, instance: Instance, start: number): Line[] {
  return instance
    .lines()
    .slice(start)
    .filter((line) => line.includes('"event"'))
    .map((line) => lineIn(api, line))
    .filter((line) => line !== undefined && 'event' in line) as Line[];
}
