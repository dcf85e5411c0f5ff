import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Operation } from '../../contract/contract.js';
import { type Response, roles } from '../../http/exchange.js';
import { expectEqual, expectHeader, expectStatus, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { newAccount, register, signsIn } from '../shared/accounts.js';

const group = 'caching';

export const signedInReads: Row[] = [
  {
    id: 'CC4',
    group,
    title: 'reads that depend on the caller',
    expected:
      'Vary with Authorization on each 200 and 304, for callers with and without a token; private or no-store with one; each answer out of a cache has the request id and the limits of its own request',
    source: 'RFC 9110, section 12.5.5; RFC 9111, sections 3.5 and 4.1',
    remedy:
      'Set Vary and Cache-Control where the credentials are read, and write request id and limits after the cache.',
    evidence: ['cached'],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const reader = signsIn(api.contract) ? await newReader(api) : api.authorization('reader');
      const { path } = await api.create();
      const item = api.contract.find('GET', path);
      for (const operation of readsWithCredentials(api)) {
        const at = operation === item ? path : operation.path;
        if (at.includes('{')) continue;
        const { role } = operation;
        // What belongs to a caller is there for that caller alone.
        const token = role || operation === item ? withRole(api, role || 'reader') : reader;
        if (!token) continue;
        const own = await api.send({ path: at, headers: token });
        expectStatus(own, 200);
        expectOwn(own, operation);
        await expectSameOf304(api, at, token, (response) => expectOwn(response, operation));
        if (operation.closed) {
          await expectClosed(api, at);
          continue;
        }
        const without = await api.send({ path: at });
        expectStatus(without, 200);
        expectVaries(without, operation);
        await expectSameOf304(api, at, {}, (response) => expectVaries(response, operation));
        const usual = [own, without].map(({ headers }) => headers['cache-control']);
        await expectOwnRequest(api, at, token, usual as [string?, string?]);
      }
    },
  },
];

/** The header of an account that exists. */
async function newReader(api: Api): Promise<Record<string, string>> {
  const account = await register(api, newAccount());
  expectStatus(account, 201);
  return { authorization: `Bearer ${account.json().accessToken}` };
}

/** Credentials with a role, also with one that the project adds to those of the contract; undefined where none can be made. */
function withRole(api: Api, role: string): Record<string, string> | undefined {
  const known = roles.find((one) => one === role);
  if (known) return api.authorization(known);
  return api.signsTokens
    ? { authorization: `Bearer ${api.forge({ claims: { roles: [role] } })}` }
    : undefined;
}

/** Reads whose security names a scheme, alone or beside none. */
function readsWithCredentials(api: Api): Operation[] {
  return api.contract.operations.filter(({ method, closed, source }) => {
    const security: object[] = source.security ?? [];
    return method === 'GET' && (closed || security.some((scheme) => Object.keys(scheme).length > 0));
  });
}

/** For HEAD and conditional requests as well: they also reveal that an item exists. */
async function expectClosed(api: Api, path: string): Promise<void> {
  const conditions: Record<string, string>[] = [{}, { 'if-none-match': '*' }];
  for (const method of ['GET', 'HEAD'])
    for (const headers of conditions) {
      const response = await api.send({ method, path, headers });
      expectThat(
        response.status === 401,
        `status 401 for ${method} ${path} without a token`,
        `status ${response.status}`,
      );
    }
}

async function expectSameOf304(
  api: Api,
  path: string,
  headers: Record<string, string>,
  expect: (response: Response) => void,
): Promise<void> {
  const { etag } = (await api.send({ path, headers })).headers;
  if (etag === undefined) return;
  const response = await api.send({ path, headers: { ...headers, 'if-none-match': etag } });
  expectStatus(response, 304);
  expect(response);
}

function expectOwn(response: Response, operation: Operation): void {
  expectVaries(response, operation);
  const value = expectHeader(response, 'Cache-Control');
  expectThat(
    /\b(private|no-store)\b/i.test(value) && !/\b(public|s-maxage)\b/i.test(value),
    `"private" or "no-store" for a caller with a token at ${operation.path}`,
    `Cache-Control: ${value}`,
  );
}

function expectVaries({ status, headers }: Response, { path }: Operation): void {
  const names = (headers.vary ?? '').toLowerCase().split(/\s*,\s*/);
  expectThat(
    names.includes('authorization') || names.includes('*'),
    `Vary with Authorization on status ${status} of ${path}`,
    headers.vary ?? 'no Vary',
  );
}

/**
 * Read often enough to come out of every cache of each instance.
 * @param usual Cache-Control with and without the token
 */
async function expectOwnRequest(
  api: Api,
  path: string,
  token: Record<string, string>,
  usual: [own?: string, without?: string],
): Promise<void> {
  for (const { url } of api.fleet.instances) {
    for (let turn = 0; turn < 3; turn += 1)
      for (const [place, credentials] of [token, {}].entries()) {
        const requestId = randomUUID();
        const headers = { ...credentials, 'x-request-id': requestId };
        const response = await api.send({ path, headers, to: url });
        expectStatus(response, 200);
        expectEqual(response.headers['x-request-id'], requestId, 'X-Request-Id, as of the request,');
        const wanted = usual[place];
        expectEqual(
          response.headers['cache-control'],
          wanted,
          'Cache-Control, regardless of earlier readers,',
        );
      }
  }
}
