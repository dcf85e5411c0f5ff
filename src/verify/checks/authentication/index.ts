import type { Api } from '../../cluster/api.js';
import { absentId, type Operation, type Schema } from '../../contract/contract.js';
import { type Request, type Role, roles } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
  Hindrance,
} from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';
import { apiKeys } from './api-keys.js';
import { forgeries } from './forgeries.js';
import { guesses } from './guesses.js';
import { issuerKeys } from './issuer-keys.js';
import { keyRotation } from './key-rotation.js';
import { lifetimes } from './lifetimes.js';
import { operationsByRole } from './operations-by-role.js';
import { outdatedHashes } from './outdated-hashes.js';
import { ownedItems } from './owned-items.js';
import { passwords } from './passwords.js';
import { registration } from './registration.js';
import { separateAccounts } from './separate-accounts.js';
import { sessions } from './sessions.js';
import { siblings } from './siblings.js';
import { spellings } from './spellings.js';
import { tenantItems } from './tenant-items.js';

type Headers = Record<string, string>;

const group = 'authentication';
const nobody = '01900000-0000-7000-8000-000000000000';
/** Characters that an Authorization header may have. */
const longestHeader = 4096;

export const authentication: Row[] = [
  {
    id: 'AU17',
    group,
    title: 'the credentials are taken',
    expected: 'another status than 401 for a caller with credentials, at an operation that is closed',
    source: 'RFC 9110, section 15.5.2',
    remedy: 'Give verify credentials that are still good, with the rights that its requests need.',
    evidence: [],
    needs: ['url', 'accounts'],
    quick: true,
    hinders: ({ needs }) =>
      (['accounts', 'resource', 'writing'] as const).some((need) => needs.includes(need)),
    async run(api) {
      if (api.failures.signIn !== undefined)
        throw new Hindrance('the sign-in failed', 'a token or a cookie', api.failures.signIn);
      if (closed(api).length === 0)
        throw new NotApplicable('no operation that may be sent asks for credentials');
      const open = closed(api).filter(({ path }) => !path.includes('{'));
      const [operation] = [...open.filter(({ method }) => method === 'GET'), ...open, ...closed(api)];
      const { status } = await api.send({ ...emptyRequest(operation!), as: 'editor' });
      if (status === 401)
        throw new Hindrance(
          'the credentials were refused',
          `another status than 401 for ${operation!.method} ${operation!.path} with credentials`,
          `status ${status}`,
        );
    },
  },
  {
    id: 'AU1',
    group,
    title: 'no credentials',
    expected:
      '401 with WWW-Authenticate: Bearer and no error, for every operation that is closed; with any scheme, or 403 or 404, of an API that was not generated',
    source: 'RFC 9110, section 15.5.2; RFC 6750, section 3.1',
    remedy:
      'Refuse before the body is looked at, and say only the scheme: there is nothing wrong with no token.',
    evidence: [],
    needs: ['closed'],
    quick: true,
    async run(api) {
      // Good for instances that were started here; never the token of a caller.
      const token = api.forge({ claims: { sub: nobody, roles } });
      const without: Headers[] = [
        {},
        { authorization: `Basic ${btoa('ada:correct horse')}` },
        // A browser sends cookies by itself, also for pages of other sites.
        { cookie: `access_token=${token}; token=${token}; jwt=${token}`, 'x-access-token': token },
      ];
      for (const operation of closed(api)) {
        for (const headers of without) {
          const response = await api.send(emptyRequest(operation, headers));
          const looked = !api.contract.isOwn && [400, 415, 422].includes(response.status);
          if (looked) await expectClosedToBodies(api, operation, headers);
          else expectUnauthenticated(response, operation);
        }
        // Addresses end up in logs and histories: a token there must not count (RFC 9700, section 4.3.2).
        const { method, path } = emptyRequest(operation);
        const inAddress = await api.send({ method, path: `${path}?access_token=${token}` });
        if (api.contract.isOwn || ![400, 415, 422].includes(inAddress.status))
          expectUnauthenticated(inAddress, operation);
      }
    },
  },
  {
    id: 'AU2',
    group,
    title: 'forged, foreign and expired tokens',
    expected:
      '401 with error="invalid_token", and one body for all of them; the same for a header of more than 4,096 characters',
    source: 'RFC 6750, section 3.1; RFC 8725, section 3; RFC 9068, section 4; OWASP API4:2023',
    remedy:
      'Verify with a fixed algorithm and your own keys, check typ, iss, aud, sub, exp and nbf, bound the length of the header, and answer all failures alike.',
    evidence: [],
    needs: ['started', 'tokens', 'resource'],
    quick: true,
    async run(api) {
      const to = api.fleet.instances[0]!.url;
      const attempt = (token: string) => {
        const headers = { authorization: `Bearer ${token}` };
        return api.send({ ...emptyRequest({ method: 'POST', path: api.resource.path }, headers), to });
      };
      // All of them are made from a token that is good.
      const claims = { sub: nobody, roles };
      const good = await attempt(api.forge({ claims }));
      expectThat(
        good.status !== 401 && good.status !== 403,
        'a good token to be taken',
        `status ${good.status}: ${good.text}`,
      );
      const refused: [name: string, token: string][] = [
        ...forgeries(api, claims),
        ['good claims and a long one', api.forge({ claims: { ...claims, note: 'x'.repeat(longestHeader) } })],
        ['good claims after many spaces', `${' '.repeat(longestHeader)}${api.forge({ claims })}`],
      ];
      let first: { name: string; body: unknown } | undefined;
      for (const [name, token] of refused) {
        const response = await attempt(token);
        expectThat(
          response.status === 401,
          `status 401 for a token with ${name}`,
          `status ${response.status}`,
        );
        const { requestId, instance, traceId, ...body } = expectProblem(response, 401, 'unauthenticated');
        expectHeader(response, 'WWW-Authenticate', /^Bearer\b.*\berror="invalid_token"/i);
        first ??= { name, body };
        expectEqual(body, first.body, `for a token with ${name} the same body as with ${first.name}:`);
      }
    },
  },
  {
    id: 'AU3',
    group,
    title: 'a role that is too low',
    expected:
      '403 for every operation that requires a higher one, and nothing changed; with that role it succeeds',
    source: 'RFC 9110, section 15.5.4; OWASP API5:2023',
    remedy: 'Check the role of the operation, from the contract, before the body is looked at.',
    evidence: [],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const item = await api.create();
      for (const operation of api.contract.operations) {
        const needed = roles.indexOf(operation.role as Role);
        if (needed < 1) continue;
        const { method } = operation;
        const path = operation.path.replace(/\{[^/]+\}/g, item.id);
        for (const as of roles.slice(0, needed))
          expectProblem(await api.send({ ...emptyRequest({ method, path }), as }), 403, 'forbidden');
        const enough = await api.send({
          ...emptyRequest({ method, path: path.replace(item.id, nobody) }),
          as: roles[needed]!,
        });
        expectThat(
          enough.status !== 401 && enough.status !== 403,
          `${method} ${operation.path} to be open to the role "${operation.role}"`,
          `status ${enough.status}: ${enough.text}`,
        );
      }
      if (api.signsTokens) await expectRolesNamed(api);
      const after = await api.send({ path: item.path, as: 'reader' });
      expectStatus(after, 200);
      expectEqual(after.json(), item.body, 'the item after all that was refused:');
    },
  },
  ...issuerKeys,
  ...sessions,
  ...passwords,
  ...apiKeys,
  ...spellings,
  ...operationsByRole,
  ...siblings,
  ...lifetimes,
  ...separateAccounts,
  ...outdatedHashes,
  ...keyRotation,
  ...ownedItems,
  ...tenantItems,
  ...guesses,
  ...registration,
];

/** A token without roles is one of nobody who may write. */
async function expectRolesNamed(api: Api): Promise<void> {
  const headers = { authorization: `Bearer ${api.forge({ claims: { roles: undefined } })}` };
  const { path } = api.resource;
  const response = await api.send(emptyRequest({ method: 'POST', path }, headers));
  if (api.contract.find('POST', path)?.role) expectProblem(response, 403, 'forbidden');
}

/** Operations that ask for credentials, as far as they may be sent. */
function closed(api: Api): Operation[] {
  return api.contract.operations.filter(({ closed, method }) => closed && api.maySend(method));
}

/** Elsewhere a body may be looked at first. Where it is that of a new item, one that can be read must be refused too. */
async function expectClosedToBodies(
  api: Api,
  operation: Operation,
  headers: Record<string, string>,
): Promise<void> {
  const resource = api.contract.resources.find(({ path }) => path === operation.path);
  if (operation.method !== 'POST' || !resource) return;
  const json = await api.body(resource);
  expectUnauthenticated(await api.send({ method: 'POST', path: resource.path, json, headers }), operation);
}

/** A request that changes nothing: there is no such item, and its body, if it may have one, cannot be read. */
function emptyRequest(
  { method, path, source }: Pick<Operation, 'method' | 'path'> & Partial<Operation>,
  headers: Headers = {},
): Request {
  const parameters: Schema[] = source?.parameters ?? [];
  const absent = (name: string) =>
    absentId(
      parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema ?? {},
    );
  const request = { method, path: path.replace(/\{([^/}]+)\}/g, (_, name) => absent(name)), headers };
  if (method === 'GET' || method === 'DELETE') return request;
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return { ...request, headers: { 'content-type': type, ...headers }, body: '{"' };
}

function expectUnauthenticated(
  response: Parameters<typeof expectProblem>[0],
  { method, path }: Operation,
): void {
  if (response.style && response.style.problems !== 'contract') {
    // RFC 9110, section 15.5.4: an API may hide what it refuses.
    expectThat(
      [401, 403, 404].includes(response.status),
      `401 or 403 for ${method} ${path} without credentials`,
      `status ${response.status}`,
    );
    if (response.status === 401) expectHeader(response, 'WWW-Authenticate', /^[\w-]+/);
    return;
  }
  expectThat(
    response.status === 401,
    `status 401 for ${method} ${path} without credentials`,
    `status ${response.status}`,
  );
  expectProblem(response, 401, 'unauthenticated');
  const challenge = expectHeader(response, 'WWW-Authenticate', /^Bearer\b/i);
  expectThat(!/error/i.test(challenge), 'WWW-Authenticate without an error', challenge);
}
