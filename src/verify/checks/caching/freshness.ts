import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import { expectHeader, expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { login, newAccount, register } from '../shared/accounts.js';

const group = 'caching';
const absentId = '01900000-0000-7000-8000-000000000000';

export const freshness: Row[] = [
  {
    id: 'CC1',
    group,
    title: 'who may keep an answer, and for how long',
    expected:
      'public reads: public, max-age, stale-while-revalidate, stale-if-error; signed in: private, no-cache; errors: no-store',
    source: 'RFC 9111, section 5.2.2; RFC 5861; OWASP ASVS V14.3.2',
    remedy: 'Decide by the credentials of the request, in one place, and let every error be no-store.',
    evidence: ['cached'],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      if (!api.contract.style.ownLists) return expectNotShared(api);
      const item = await api.create();
      const credentials = Object.keys(api.authorization('reader')).length > 0;
      for (const path of [item.path, `${item.path}?fields=id`, api.resource.path]) {
        const open = await api.send({ path });
        if (api.contract.find('GET', path.split('?')[0]!)?.closed) {
          expectProblem(open, 401);
          expectDirectives(open, ['no-store']);
        } else {
          expectStatus(open, 200);
          expectDirectives(
            open,
            ['public', 'max-age', 'stale-while-revalidate', 'stale-if-error'],
            /private|no-store/,
          );
        }
        if (!credentials) continue;
        const own = await api.send({ path, as: 'reader' });
        expectStatus(own, 200);
        expectDirectives(own, ['private', 'no-cache'], /public|max-age=[1-9]/);
      }
      for (const response of await errorsOf(api)) {
        expectThat(response.status >= 400, 'an error', response.status);
        expectDirectives(response, ['no-store']);
      }
    },
  },
  {
    id: 'CC2',
    group,
    title: 'tokens are never kept',
    expected: 'no-store on every answer that holds a token, and on refusals of one',
    source: 'RFC 6749, section 5.1; RFC 9111, section 5.2.2.5',
    remedy: 'Set Cache-Control: no-store on all operations that answer with tokens.',
    evidence: [],
    needs: ['signIn', 'writing'],
    quick: true,
    async run(api) {
      const account = newAccount();
      const [to] = api.origins;
      const tokens: Response[] = [await register(api, account, {}, to), await login(api, account, {}, to)];
      for (const response of tokens) expectStatus(response, 200, 201);
      const { refreshToken } = tokens[1]!.json();
      const refresh = () => api.send({ method: 'POST', path: '/v1/auth/refresh', json: { refreshToken } });
      tokens.push(await refresh());
      expectStatus(tokens[2]!, 200);
      const again = await refresh();
      // A token that was exchanged a moment ago can be a race.
      expectStatus(again, 401, 409);
      const wrong = await login(api, { ...account, password: 'not the right password' }, {}, to);
      expectProblem(wrong, 401);
      const refusals = [again, wrong];
      for (const response of [...tokens, ...refusals]) expectDirectives(response, ['no-store'], /public/);
    },
  },
];

/**
 * Elsewhere: an answer to a caller with credentials, at an operation that is closed, is not for caches that others share
 * (RFC 9111, section 3.5), and an error that the server may get over is not kept.
 */
async function expectNotShared(api: Api): Promise<void> {
  const { path } = api.resource;
  const own = await api.send({ path, as: 'reader' });
  if (api.contract.find('GET', path)?.closed && Object.keys(api.authorization('reader')).length > 0) {
    const value = own.headers['cache-control'] ?? '';
    expectThat(
      !/\b(public|s-maxage=[1-9])/i.test(value),
      'neither "public" nor "s-maxage" for a caller with credentials',
      `Cache-Control: ${value}`,
    );
  }
  const wrong = await api.send({ method: 'POST', path, json: {}, as: 'editor' });
  const kept = wrong.headers['cache-control'] ?? '';
  expectThat(
    wrong.status < 400 || !/max-age=[1-9]|immutable/i.test(kept),
    `no lifetime for status ${wrong.status}`,
    `Cache-Control: ${kept}`,
  );
}

async function errorsOf(api: Api): Promise<Response[]> {
  const { path } = api.resource;
  return Promise.all([
    api.send({ path: '/v1/there-is-nothing-here' }),
    api.send({ path: api.resource.item(absentId), as: 'reader' }),
    api.send({ path, as: 'reader', headers: { accept: 'application/xml' } }),
    api.send({ method: 'PROPFIND', path, as: 'reader' }),
    api.send({ method: 'POST', path, json: {} }),
    api.send({ method: 'POST', path, json: {}, as: 'editor' }),
    api.send({
      method: 'POST',
      path,
      body: '{',
      headers: { 'content-type': 'application/json' },
      as: 'editor',
    }),
  ]);
}

/** @param wanted names of directives, all of which have to be there */
function expectDirectives(response: Response, wanted: string[], unwanted?: RegExp): void {
  const value = expectHeader(response, 'Cache-Control');
  const directives = value.split(',').map((directive) => directive.trim().toLowerCase());
  for (const name of wanted) {
    const found = directives.some((directive) => new RegExp(`^${name}(=\\d+)?$`).test(directive));
    expectThat(found, `"${name}" in the Cache-Control of status ${response.status}`, value);
  }
  const found = unwanted && directives.find((directive) => unwanted.test(directive));
  expectThat(!found, `no "${found}" in the Cache-Control of status ${response.status}`, value);
}
