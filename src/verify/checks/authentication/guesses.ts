import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';
import { type Account, login, newAccount, register } from '../shared/accounts.js';
import { mostFailures as failures, longLived } from '../shared/shared-settings.js';
import { type Caller, newAddress, whileShared } from '../shared/small-limits.js';

export const guesses: Row[] = [
  {
    id: 'AU15',
    group: 'authentication',
    title: 'guesses at one account from many addresses',
    expected:
      '429 with Retry-After after RATE_LIMIT_AUTH_FAILURES failed sign-ins over all addresses and instances, even with the right password, for unknown accounts alike; sign-ins that succeed do not count; an address that the account was used from is counted by itself',
    source: 'NIST SP 800-63B-4, section 3.2.2; OWASP ASVS V6.3.1',
    remedy:
      'Count failed sign-ins per account in the shared cache before the password is looked at, and give back those that succeed; count addresses with a recent sign-in apart.',
    evidence: ['limited'],
    needs: ['started', 'signIn'],
    quick: false,
    settings: longLived,
    async run(api) {
      if (!api.fleet.settings.RATE_LIMIT_AUTH_FAILURES)
        throw new NotApplicable('the API has no setting RATE_LIMIT_AUTH_FAILURES');
      await whileShared(api, () => expectGuessesBounded(api));
      await whileShared(api, () => expectSuccessesUncounted(api));
    },
  },
];

async function expectGuessesBounded(api: Api): Promise<void> {
  const account = newAccount();
  const home = newAddress();
  expectStatus(await register(api, account, home), 201);
  const refusals: unknown[] = [];
  for (const guessed of [account, newAccount()]) {
    expectBounded(await guess(api, guessed, newAddress), 'from many addresses');
    // A guess that is right must not be told from others.
    for (const to of urls(api)) refusals.push(expectRefused(await login(api, guessed, newAddress(), to)));
  }
  for (const refusal of refusals)
    expectEqual(refusal, refusals[0], 'for an unknown account the refusal of another:');
  for (const to of urls(api)) {
    const own = await login(api, account, home, to);
    expectThat(
      own.status === 200,
      'the owner of the account to sign in where it was used',
      `status ${own.status}`,
    );
  }
  expectBounded(await guess(api, account, () => home), 'from the address of the owner');
  // Those that were checked at once are counted all the same.
  for (const to of urls(api)) expectRefused(await login(api, account, home, to));
}

async function expectSuccessesUncounted(api: Api): Promise<void> {
  const account = newAccount();
  expectStatus(await register(api, account, newAddress()), 201);
  for (let place = 0; place < failures + 2; place += 1) {
    const to = urls(api)[place % urls(api).length]!;
    const response = await login(api, account, newAddress(), to);
    expectThat(
      response.status === 200,
      `sign-in ${place + 1} of ${failures + 2} with the right password to succeed`,
      `status ${response.status}`,
    );
  }
}

/** Twice as many wrong passwords as may fail, at once and at all instances. */
function guess(api: Api, { email }: Account, from: () => Caller): Promise<Response[]> {
  return Promise.all(
    Array.from({ length: failures * 2 }, (_, place) => {
      const { password } = newAccount();
      return login(api, { email, password }, from(), urls(api)[place % urls(api).length]);
    }),
  );
}

function expectBounded(answers: readonly Response[], where: string): void {
  const refused = answers.filter(({ status }) => status === 429);
  for (const response of refused) expectRefused(response);
  const failed = answers.filter((response) => !refused.includes(response));
  for (const response of failed) expectProblem(response, 401, 'unauthenticated');
  expectThat(
    failed.length === failures,
    `${failures} of ${answers.length} guesses ${where} to be checked`,
    failed.length,
  );
}

/** @returns what the caller is told, but for its request and the time to wait */
function expectRefused(response: Response): unknown {
  expectThat(
    response.status === 429,
    `status 429 after ${failures} failed sign-ins`,
    `status ${response.status}`,
  );
  const { requestId, traceId, detail, ...body } = expectProblem(response, 429, 'rate-limited');
  expectHeader(response, 'Retry-After', /^[1-9]\d*$/);
  return { ...body, detail: String(detail).replace(/\d+/g, '…') };
}

function urls(api: Api): string[] {
  return api.fleet.instances.map(({ url }) => url);
}
