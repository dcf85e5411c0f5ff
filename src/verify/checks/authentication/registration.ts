import type { Api, Mailbox } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
  summary,
} from '../../http/expectations.js';
import { median } from '../../http/traffic.js';
import { until } from '../../http/waiting.js';
import { NotApplicable, type Row } from '../row.js';
import {
  askForMail,
  askOnceForMail,
  confirm,
  login,
  mailedToken,
  mailedTokens,
  newAccount,
  register,
} from '../shared/accounts.js';
import { fewMails, mostMails as mails } from '../shared/shared-settings.js';
import { newAddress, whileShared } from '../shared/small-limits.js';

/** Of the mail server: who is answered without a mail is answered sooner. */
const latencyMs = 400;
const pairs = 5;
const recoveryMs = 10_000;
/** Headers that differ between any two responses. */
const ownHeaders = /^(date|x-request-id|traceparent|.*ratelimit.*)$/;

export const registration: Row[] = [
  {
    id: 'AU16',
    group: 'authentication',
    title: 'registration does not reveal who has an account',
    expected:
      'the same answer after the same time for a new address and for one that has an account, each of which gets a mail; an account only for who sends the token of the mail back, once; 503 with Retry-After for both while the mail server is down; 429 after RATE_LIMIT_MAILS mails to an address, from wherever they are asked for',
    source:
      'OWASP ASVS V6.3.8 and V6.3.5; OWASP Authentication Cheat Sheet, "Authentication and Error Messages"; RFC 8725, section 3.11',
    remedy:
      'Answer 202 after a mail to the address in either case: a signed token that expires, or that there is an account.',
    evidence: [],
    needs: ['started', 'signIn'],
    quick: false,
    settings: fewMails,
    async run(api) {
      const { mailbox } = api.fleet;
      if (!mailbox) throw new NotApplicable('the API has no setting MAIL_URL');
      const account = newAccount();
      expectStatus(await register(api, account, newAddress()), 201);
      await expectNothingTold(api, mailbox, account.email);
      await expectTokenNeeded(api);
      await expectMailsBounded(api, mailbox);
      await expectRefusedWithoutMail(api, mailbox, account.email);
    },
  },
];

/** In turn, so that what else the machine does concerns both. */
async function expectNothingTold(api: Api, mailbox: Mailbox, known: string): Promise<void> {
  const unknown = newAccount().email;
  const before = mailbox.to(known).length;
  const first = api.exchanges.length;
  const requests = (email: string) =>
    api.exchanges.slice(first).filter(({ requestBody = '' }) => requestBody.toLowerCase().includes(email))
      .length;
  const answers: Record<string, Response[]> = { [known]: [], [unknown]: [] };
  mailbox.latencyMs = latencyMs;
  for (let place = 0; place < pairs; place += 1)
    for (const email of [known, unknown])
      answers[email]!.push(await askForMail(api, place === 1 ? email.toUpperCase() : email, newAddress()));
  mailbox.latencyMs = 0;
  const all = [...answers[known]!, ...answers[unknown]!];
  for (const response of all) expectStatus(response, 202);
  expectAlike(all, 'to a registration');
  const [slow, other] = [answers[unknown]!, answers[known]!].map((each) => median(each.map(({ ms }) => ms)));
  expectThat(
    Math.abs(slow! - other!) < latencyMs / 2,
    `the answer for an address that has an account after as long as for a new one (${slow!.toFixed(0)} ms)`,
    `${other!.toFixed(0)} ms`,
  );
  for (const [what, email, mailsBefore] of [
    ['an address that has an account', known, before],
    ['a new address', unknown, 0],
  ] as const) {
    const sent = mailbox.to(email).length - mailsBefore;
    // A request that was answered too late has been asked again, and may have had its mail.
    const most = requests(email);
    expectThat(
      sent >= pairs && sent <= most,
      `${most === pairs ? pairs : `${pairs} to ${most}`} mails to ${what}`,
      sent,
    );
  }
  expectThat(mailedToken(api, known) === undefined, 'no token for an address that has an account', 'one');
  expectThat(mailedToken(api, unknown) !== undefined, 'a token in the mail to a new address', 'none');
}

/** @throws Mismatch unless status, body and headers are the same, but for what differs between any two */
function expectAlike(answers: readonly Response[], what: string): void {
  const [first, ...others] = answers.map(({ status, headers, text }) => {
    const given = Object.entries(headers).filter(([name]) => !ownHeaders.test(name));
    return {
      status,
      headers: Object.fromEntries(given),
      text: text.replace(/"(requestId|traceId)":"[^"]*",?/g, ''),
    };
  });
  for (const other of others) expectEqual(other, first, `the same answer ${what}:`);
}

async function expectTokenNeeded(api: Api): Promise<void> {
  const { email, password } = newAccount();
  expectStatus(await askForMail(api, email, newAddress()), 202);
  expectStatus(await askForMail(api, email, newAddress()), 202);
  expectProblem(await login(api, { email, password }, newAddress()), 401, 'unauthenticated');
  const tokens = mailedTokens(api, email).map((token) => token ?? '');
  const [token = ''] = tokens;
  const [head, , signature] = token.split('.');
  const claims = Buffer.from(JSON.stringify({ sub: email, exp: 4_000_000_000 })).toString('base64url');
  const forged: [what: string, token: string][] = [
    ['with other claims', [head, claims, signature].join('.')],
    ['without its signature', [head, claims, 'AAAA'].join('.')],
    ['that is an access token', api.forge({ claims: { sub: email } })],
  ];
  for (const [what, given] of forged) {
    const response = await confirm(api, { token: given, password }, newAddress());
    expectThat(response.status === 422, `status 422 for a token ${what}`, summary(response));
  }
  const headers = { authorization: `Bearer ${token}` };
  expectProblem(await api.send({ path: '/v1/me', headers }), 401, 'unauthenticated');
  const elsewhere = api.fleet.instances.at(-1)!.url;
  const made = await confirm(api, { token, password }, newAddress(), elsewhere);
  expectStatus(made, 201);
  expectEqual(made.json().account?.email, email, 'the address of the new account:');
  const another = newAccount().password;
  for (const again of tokens)
    expectProblem(await confirm(api, { token: again, password: another }, newAddress()), 409, 'conflict');
  expectProblem(await login(api, { email, password: another }, newAddress()), 401, 'unauthenticated');
  expectStatus(await login(api, { email, password }, newAddress()), 200);
}

/** Nobody's mailbox is filled. */
function expectMailsBounded(api: Api, mailbox: Mailbox): Promise<void> {
  return whileShared(api, async () => {
    const { email } = newAccount();
    const urls = api.fleet.instances.map(({ url }) => url);
    const answers = await Promise.all(
      Array.from({ length: mails * 2 }, (_, place) =>
        askForMail(api, email, newAddress(), urls[place % urls.length]),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429);
    for (const response of refused) expectHeader(response, 'Retry-After', /^[1-9]\d*$/);
    expectEqual(
      [refused.length, mailbox.to(email).length],
      [mails, mails],
      `refusals and mails after ${mails * 2} requests for mails to one address:`,
    );
  });
}

async function expectRefusedWithoutMail(api: Api, mailbox: Mailbox, known: string): Promise<void> {
  mailbox.fail();
  const unknown = newAccount().email;
  const answers = [
    await askOnceForMail(api, known, newAddress()),
    await askOnceForMail(api, unknown, newAddress()),
  ];
  for (const response of answers) {
    expectProblem(response, 503, 'dependency-unavailable');
    expectHeader(response, 'Retry-After', /^[1-9]\d*$/);
  }
  expectAlike(answers, 'while the mail server is down');
  mailbox.restore();
  const back = await until(
    async () => (await askOnceForMail(api, newAccount().email, newAddress())).status === 202,
    recoveryMs,
  );
  expectThat(back, `registration ${recoveryMs / 1000} s after the mail server is back`, 'status 503');
}
