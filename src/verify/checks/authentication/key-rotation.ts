import type { Api, Instance } from '../../cluster/api.js';
import { expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import { jwkOf, newSigningKey, thumbprintOf } from '../../http/tokens.js';
import { NotApplicable, type Row } from '../row.js';
import { login, newAccount, register } from '../shared/accounts.js';
import { previousKey, shortLives } from '../shared/shared-settings.js';

export const keyRotation: Row[] = [
  {
    id: 'AU14',
    group: 'authentication',
    title: 'a signing key that was replaced',
    expected:
      'tokens of a key in JWT_PREVIOUS_PUBLIC_KEYS are accepted on every instance and the key is published; new tokens are signed with the current key; tokens of an unknown key are refused',
    source: 'RFC 7517, section 5; RFC 8725, section 3; NIST SP 800-57, part 1',
    remedy:
      'Verify with the current key and the previous ones, chosen by kid, and sign with the current one.',
    evidence: ['balanced'],
    needs: ['started', 'tokens'],
    quick: false,
    settings: shortLives,
    async run(api) {
      if (!api.fleet.settings.JWT_PREVIOUS_PUBLIC_KEYS)
        throw new NotApplicable('the API has no setting JWT_PREVIOUS_PUBLIC_KEYS');
      const account = newAccount();
      const registered = await register(api, account);
      expectStatus(registered, 201);
      const { id } = registered.json().account;
      const current = [registered.json().accessToken, (await login(api, account)).json().accessToken].map(
        kidOf,
      );
      expectThat(
        current.every((kid) => kid === current[0] && kid !== thumbprintOf(previousKey)),
        'new tokens signed with the current key',
        current,
      );
      const unknown = newSigningKey();
      for (const instance of api.fleet.instances) {
        const accepted = await readMe(api, instance, id, previousKey);
        expectThat(
          accepted.status === 200,
          'status 200 for a token of the previous key',
          `status ${accepted.status}: ${accepted.text}`,
        );
        expectProblem(await readMe(api, instance, id, unknown), 401, 'unauthenticated');
        await expectPublished(api, instance, [current[0]!, thumbprintOf(previousKey)]);
      }
    },
  },
];

function readMe(api: Api, { url }: Instance, sub: string, key: string) {
  const token = api.forge({ claims: { sub }, header: { kid: thumbprintOf(key) }, secret: key });
  return api.send({ path: '/v1/me', headers: { authorization: `Bearer ${token}` }, to: url });
}

/** Where the API publishes its keys, other services need the previous one, too. */
async function expectPublished(api: Api, { url }: Instance, kids: readonly string[]): Promise<void> {
  const published = api.contract.operations.find(({ path }) => path.endsWith('jwks.json'));
  if (!published) return;
  const response = await api.send({ path: published.path, to: url });
  expectStatus(response, 200);
  const keys: Record<string, unknown>[] = response.json().keys;
  for (const kid of kids)
    expectThat(
      keys.some((key) => key.kid === kid),
      `a published key "${kid}"`,
      keys.map((key) => key.kid),
    );
  const { x, y } = jwkOf(previousKey);
  expectThat(
    keys.some((key) => key.x === x && key.y === y),
    'the previous key as a JWK',
    keys,
  );
}

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString('utf8')).kid;
}
