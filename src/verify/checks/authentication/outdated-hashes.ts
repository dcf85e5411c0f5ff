import type { Api } from '../../cluster/api.js';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { login, newAccount, register } from '../shared/accounts.js';

/** A password and its argon2id hash with less memory than current policy requires. */
const older = {
  password: 'an older password, hashed with less',
  hash: '$argon2id$v=19$m=8192,t=2,p=1$r1MJoz/UgqsQ2fHSlsAlaw$mmg4GTSQyBzfVXZEdSW9TTJqE/l9atu4egs5Wa/uHds',
};
const renewedMs = 5000;

export const outdatedHashes: Row[] = [
  {
    id: 'AU13',
    group: 'authentication',
    title: 'a hash of an older cost',
    expected:
      'its password still signs in; the sign-in replaces the hash by one of the cost of new accounts, and changes no other account; a wrong password changes nothing',
    source: 'OWASP Password Storage Cheat Sheet, "Upgrading the Work Factor"; OWASP ASVS V11.4.2',
    remedy:
      'After a sign-in, hash the password again when its hash has other parameters, for that account alone.',
    evidence: [],
    needs: ['started', 'signIn', 'database'],
    quick: false,
    async run(api) {
      const [account, another] = [newAccount(), newAccount()];
      for (const one of [account, another]) expectStatus(await register(api, one), 201);
      const [fresh, other] = [await hashOf(api, account.email), await hashOf(api, another.email)];
      await api.fleet.sql.query('update auth_accounts set password_hash = $2 where email = $1', [
        account.email,
        older.hash,
      ]);
      expectProblem(await login(api, account), 401, 'unauthenticated');
      const kept = (await hashOf(api, account.email)) === older.hash;
      expectThat(kept, 'the same hash after a wrong password', 'another one');
      const old = { email: account.email, password: older.password };
      expectStatus(await login(api, old), 200);
      await until(async () => (await hashOf(api, account.email)) !== older.hash, renewedMs);
      const renewed = await hashOf(api, account.email);
      expectEqual(parametersOf(renewed), parametersOf(fresh), 'after a sign-in the parameters of the hash');
      const unchanged = (await hashOf(api, another.email)) === other;
      expectThat(unchanged, 'the same hash of another account', 'another one');
      for (const one of [old, another]) expectStatus(await login(api, one), 200);
    },
  },
];

async function hashOf(api: Api, email: string): Promise<string> {
  const found = await api.fleet.sql.query(
    'select password_hash as hash from auth_accounts where email = $1',
    [email],
  );
  expectEqual(found.length, 1, 'accounts of an address in the table "auth_accounts":');
  return String(found[0]!.hash);
}

/** Algorithm, version, memory, passes and lanes. */
function parametersOf(hash: string): string {
  return hash.split('$').slice(0, 4).join('$');
}
