import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { type Account, confirmsByMail, login, newAccount, refresh, register } from '../shared/accounts.js';
import { fewMails } from '../shared/shared-settings.js';

/** Characters of a long password: bcrypt takes 72 bytes alone. */
const longPassword = 100;
const turns = 3;
/** What guessing programs try first, at least twelve characters long. */
const common: [what: string, password: string][] = [
  ['a common word and digits', 'password1234'],
  ['a row of keys', 'qwertyuiop123'],
  ['digits in order', '123456789012'],
  ['digits in order, one more', '1234567890123'],
  ['digits backwards', '098765432109'],
  ['a common word twice', 'monkeymonkey'],
  ['a common word with signs for letters', 'P@$$w0rd1234'],
  ['a zigzag of keys', 'q1w2e3r4t5y6'],
  ['a common sentence and a year', 'iloveyou2024'],
  ['a row of keys that goes down and up', 'zaq12wsxcde3'],
  ['two characters in turn', 'abababababab'],
];

export const separateAccounts: Row[] = [
  {
    id: 'AU12',
    revision: 2,
    group: 'authentication',
    title: 'accounts and their passwords are kept apart',
    expected:
      'each account is answered with itself on every instance, however often; an address has one account; a password counts as it was typed: in its case, with its blanks, in all of its 100 characters, in either Unicode form; common ones are refused',
    source:
      'OWASP ASVS V6.2.1, V6.2.4, V6.2.8 and V6.2.9; NIST SP 800-63B-4, section 3.1.1.2; RFC 8265, section 4.2',
    remedy: 'Key caches of accounts by their id, and hash the whole password, after NFC normalization only.',
    evidence: [],
    needs: ['started', 'signIn'],
    quick: false,
    settings: fewMails,
    async run(api) {
      const accounts = [newAccount(), { ...newAccount(), password: typedPassword(longestPassword(api)) }];
      const registered = await Promise.all(accounts.map((account) => register(api, account)));
      for (const response of registered) expectStatus(response, 201);
      await expectOwnAccount(api, accounts, registered);
      for (const [place, account] of accounts.entries())
        await expectSameAccount(api, account, registered[place]!);
      await expectPasswordAsTyped(api, accounts[1]!, accounts[0]!.password);
      await expectTextAlone(api, accounts[0]!);
      await expectOneAccount(api, accounts[0]!);
      for (const [what, password] of common) await expectTooWeak(api, what, { ...newAccount(), password });
      const service = api.fleet.settings.OTEL_SERVICE_NAME;
      if (service)
        await expectTooWeak(api, "the service's name", { ...newAccount(), password: repeated(service) });
      const { email } = newAccount();
      await expectTooWeak(api, 'the e-mail address', { email, password: email });
      // Four letters are few enough that a rule may leave them out.
      await expectTooWeak(api, 'the name of the address between digits', {
        email: `mara@${randomUUID()}.example.com`,
        password: '2031mara2031',
      });
    },
  },
];

/** Begins and ends with a blank; holds letters of both cases, and one that Unicode can write in two ways. */
function typedPassword(length: number): string {
  const middle = `Àé${'Correct Horse Battery Staple '.repeat(10)}`.slice(0, length - 4).trimEnd();
  return ` ${middle.padEnd(length - 3, 'x')}Z `;
}

function longestPassword(api: Api): number {
  const { source } = api.contract.find(
    'POST',
    confirmsByMail(api.contract) ? '/v1/auth/confirm' : '/v1/auth/register',
  )!;
  const { password } = source.requestBody.content['application/json'].schema.properties;
  // Its decomposed form is longer by two.
  return Math.min(longPassword, (password.maxLength ?? longPassword) - 2);
}

/** The text as often as it takes to be twelve characters long. */
function repeated(text: string): string {
  return text.repeat(Math.ceil(12 / text.length));
}

/** A sign-in and a refresh return the account of the caller. */
async function expectSameAccount(api: Api, account: Account, registered: Response): Promise<void> {
  const signedIn = await login(api, account);
  expectStatus(signedIn, 200);
  const refreshed = await refresh(api, signedIn.json().refreshToken);
  expectStatus(refreshed, 200);
  for (const response of [signedIn, refreshed]) {
    expectEqual(response.json().account, registered.json().account, 'for the caller its own account:');
    const headers = { authorization: `Bearer ${response.json().accessToken}` };
    const me = await api.send({ path: '/v1/me', headers });
    expectStatus(me, 200);
    expectEqual(me.json(), registered.json().account, 'for the caller its own account:');
    for (const { text } of [response, me])
      expectThat(!/argon2|\$2[aby]\$|password/i.test(text), 'neither password nor hash in an answer', text);
  }
}

/** In turn, while every instance caches accounts and tokens. */
async function expectOwnAccount(
  api: Api,
  accounts: readonly Account[],
  registered: readonly Response[],
): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1)
    for (const { url } of api.fleet.instances)
      for (const [place, { email }] of accounts.entries()) {
        const { accessToken, account } = registered[place]!.json();
        const headers = { authorization: `Bearer ${accessToken}` };
        const me = await api.send({ path: '/v1/me', headers, to: url });
        expectStatus(me, 200);
        expectEqual(me.json(), account, 'for the caller its own account:');
        expectEqual(me.json().email, email, 'the e-mail of the caller:');
      }
  expectThat(
    registered[0]!.json().account.id !== registered[1]!.json().account.id,
    'another id for each account',
    'the same',
  );
}

async function expectPasswordAsTyped(api: Api, account: Account, another: string): Promise<void> {
  const { password } = account;
  expectStatus(await login(api, account), 200);
  expectStatus(await login(api, { ...account, password: password.normalize('NFD') }), 200);
  const wrong: [what: string, password: string][] = [
    ['in lower case', password.toLowerCase()],
    ['in upper case', password.toUpperCase()],
    ['with another last letter', `${password.slice(0, -2)}Y `],
    ['cut off after 72 bytes', Buffer.from(password).subarray(0, 72).toString('utf8')],
    ['without its blanks', password.trim()],
    ['without its accents', password.normalize('NFD').replace(/\p{M}/gu, '')],
    ['of another account', another],
  ];
  for (const [what, given] of wrong) {
    const response = await login(api, { ...account, password: given });
    expectThat(response.status === 401, `status 401 for the password ${what}`, `status ${response.status}`);
    expectProblem(response, 401, 'unauthenticated');
  }
}

/** A lenient comparison takes other types for the text that they become. */
async function expectTextAlone(api: Api, { email, password }: Account): Promise<void> {
  for (const given of [[password], { password }, true, null]) {
    const json = { email, password: given };
    const response = await api.send({ method: 'POST', path: '/v1/auth/login', json });
    expectThat(
      response.status >= 400 && response.status < 500,
      `a status of 4xx for a password that is ${JSON.stringify(given).replace(password, '…')}`,
      `status ${response.status}`,
    );
  }
}

/** Registering again does not take over an account. */
async function expectOneAccount(api: Api, account: Account): Promise<void> {
  const { password } = newAccount();
  for (const email of [account.email, account.email.toUpperCase()])
    await expectRefusedAgain(api, { email, password });
  expectProblem(await login(api, { ...account, password }), 401, 'unauthenticated');
  expectStatus(await login(api, account), 200);
}

/** Where a mail tells whether there is an account, the answer does not. */
async function expectRefusedAgain(api: Api, account: Account): Promise<void> {
  const response = await register(api, account);
  if (!confirmsByMail(api.contract)) expectProblem(response, 409, 'conflict');
  else
    expectThat(
      response.status === 202,
      'no token for an address that has an account',
      `status ${response.status}`,
    );
}

async function expectTooWeak(api: Api, what: string, account: Account): Promise<void> {
  const response = await register(api, account);
  expectThat(
    response.status === 422,
    `status 422 for a new password that is ${what}`,
    `status ${response.status}`,
  );
  expectProblem(response, 422, 'validation-failed');
  const shown = response.text.includes(account.password);
  expectThat(!shown, 'no password in an answer', response.text);
}
