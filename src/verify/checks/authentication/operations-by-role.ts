import type { Api, Item } from '../../cluster/api.js';
import type { Operation, Resource } from '../../contract/contract.js';
import { type Response, roles } from '../../http/exchange.js';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { login, newAccount, register, signsIn } from '../shared/accounts.js';
import { watchMade } from '../shared/newest.js';

/** A kind of caller. */
interface Caller {
  /** With a preposition, for messages: `with the role "reader"`. */
  who: string;
  headers: Record<string, string>;
  /** Undefined for a caller that is not authenticated. */
  roles: readonly string[] | undefined;
  /** Whether it is the caller, of the tenant, to whom the items belong that `create` makes. */
  isOwner: boolean;
}

const highest = roles.at(-1)!;
/** Claims that give no role of the contract, although they look like it. */
const foreignRoles = [
  [],
  roles.map((role) => `${role}s`),
  roles.map((role) => role.toUpperCase()),
  'superadmin editor',
];
const overrides = ['x-http-method-override', 'x-http-method', 'x-method-override'];

export const operationsByRole: Row[] = [
  {
    id: 'AU9',
    group: 'authentication',
    title: 'every operation of a collection, by callers of every role',
    expected:
      '401 without credentials or with an expired token, 403 without the role of the operation, also for a new account; success with the role; refused requests change nothing, in any spelling of method and path',
    source: 'OWASP API5:2023; OWASP ASVS V8.2.1 and V8.3.1',
    remedy:
      'Check credentials and role by the operation of the contract before anything is done, and give new accounts the lowest role.',
    evidence: [],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const callers = [...callersOf(api), ...(signsIn(api.contract) ? [await newcomer(api)] : [])];
      for (const resource of api.contract.resources) {
        const item = await api.create(resource);
        const made = await watchMade(api, resource);
        await expectRefusals(api, resource, item, callers);
        await sendDetours(api, resource, item);
        const after = await api.send({ path: item.path, as: 'reader' });
        expectStatus(after, 200);
        expectEqual(after.json(), item.body, 'the item after all that was refused:');
        expectEqual(await made(), [], `items of ${resource.path} made by refused requests:`);
        await expectSuccesses(api, resource, item, callers);
      }
    },
  },
];

/** Registers an account, signs it in, and takes the token and the roles that it gets. */
async function newcomer(api: Api): Promise<Caller> {
  const account = newAccount();
  expectStatus(await register(api, account), 201);
  const signedIn = await login(api, account);
  expectStatus(signedIn, 200);
  await expectNoChosenRole(api);
  const granted: string[] = signedIn.json().account?.roles ?? [];
  expectThat(!granted.includes(highest), `a new account without the role "${highest}"`, granted);
  return {
    who: 'with a new account',
    headers: bearer(signedIn.json().accessToken),
    roles: granted,
    isOwner: false,
  };
}

/** A registration cannot choose a role. */
async function expectNoChosenRole(api: Api): Promise<void> {
  for (const chosen of [{ roles: [...roles] }, { role: highest }]) {
    const response = await register(api, newAccount(), {}, undefined, chosen);
    if (response.status >= 400) continue;
    const granted: string[] = response.json().account?.roles ?? [];
    expectThat(
      !granted.includes(highest),
      `no role "${highest}" for an account that registers with it`,
      granted,
    );
  }
}

function callersOf(api: Api): Caller[] {
  return [
    { who: 'without credentials', headers: {}, roles: undefined, isOwner: false },
    ...(api.signsTokens ? oddTokens(api) : []),
    ...roles.map((role, place) => ({
      who: `with the role "${role}"`,
      headers: api.authorization(role),
      roles: roles.slice(0, place + 1),
      isOwner: true,
    })),
  ];
}

function oddTokens(api: Api): Caller[] {
  const now = Math.floor(Date.now() / 1000);
  const expired = api.forge({ claims: { roles, iat: now - 1200, exp: now - 600 } });
  return [
    { who: 'with an expired token', headers: bearer(expired), roles: undefined, isOwner: false },
    ...foreignRoles.map((claim) => ({
      who: `with the claim "roles": ${JSON.stringify(claim)}`,
      headers: bearer(api.forge({ claims: { roles: claim } })),
      roles: [],
      isOwner: false,
    })),
  ];
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function operationsOf(api: Api, { path, methods, item }: Resource): Operation[] {
  const found = [
    ...methods.collection.map((method) => api.contract.find(method, path)!),
    ...methods.item.map((method) => api.contract.find(method, item('x'))!),
  ];
  // What deletes an item comes last.
  return found.sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
}

/** The status of a refusal; undefined where the caller may do it, or where the document does not say. */
function refusalOf({ closed, role }: Operation, caller: Caller): 401 | 403 | undefined {
  if (caller.roles === undefined) return closed ? 401 : undefined;
  return role !== '' && !caller.roles.includes(role) && !caller.roles.includes(highest) ? 403 : undefined;
}

async function expectRefusals(
  api: Api,
  resource: Resource,
  item: Item,
  callers: readonly Caller[],
): Promise<void> {
  for (const operation of operationsOf(api, resource)) {
    const body = await bodyFor(api, resource, operation);
    for (const caller of callers) {
      const status = refusalOf(operation, caller);
      if (status === undefined) continue;
      const response = await attempt(api, operation, caller, pathFor(resource, operation, item), body);
      expectThat(
        response.status === status,
        `status ${status} for ${operation.method} ${operation.path} ${caller.who}`,
        `status ${response.status}`,
      );
      expectProblem(response, status, status === 401 ? 'unauthenticated' : 'forbidden');
    }
  }
}

async function expectSuccesses(
  api: Api,
  resource: Resource,
  item: Item,
  callers: readonly Caller[],
): Promise<void> {
  for (const operation of operationsOf(api, resource).filter(({ closed }) => closed))
    for (const caller of callers) {
      if (refusalOf(operation, caller) !== undefined) continue;
      // To others it is as if it were not there; rows about owners and tenants ask that.
      if ((resource.owned || resource.tenant) && !caller.isOwner) continue;
      const target = operation.method === 'DELETE' ? await api.create(resource) : item;
      const body = await bodyFor(api, resource, operation);
      const response = await attempt(api, operation, caller, pathFor(resource, operation, target), body);
      expectThat(
        response.status < 300,
        `success of ${operation.method} ${operation.path} ${caller.who}`,
        `status ${response.status}: ${response.text.slice(0, 300)}`,
      );
    }
}

/** A body that is right, so that nothing but the caller can be wrong; undefined for an operation without one. */
async function bodyFor(api: Api, resource: Resource, { bodyTypes }: Operation): Promise<string | undefined> {
  return bodyTypes.length === 0 ? undefined : JSON.stringify(await api.body(resource));
}

function pathFor(resource: Resource, { path }: Operation, item: Item): string {
  return path === resource.path ? path : item.path;
}

function attempt(
  api: Api,
  { method, bodyTypes: [type] }: Operation,
  { headers }: Caller,
  path: string,
  body: string | undefined,
): Promise<Response> {
  if (body === undefined || type === undefined) return api.send({ method, path, headers });
  return api.send({ method, path, headers: { ...headers, 'content-type': type }, body });
}

/** Asks for a closed removal by other methods and in other spellings of the path: whatever comes back, nothing is done. */
async function sendDetours(api: Api, resource: Resource, { path }: Item): Promise<void> {
  if (!api.contract.find('DELETE', resource.item('x'))?.closed) return;
  for (const header of overrides)
    for (const method of ['GET', 'POST'])
      await api.trySend({ method, path, headers: { [header]: 'DELETE' } });
  await api.trySend({ method: 'POST', path: `${path}?_method=DELETE` });
  const [, first = '', ...rest] = path.split('/');
  for (const spelling of [
    `${path}/`,
    `/${path}`,
    path.toUpperCase(),
    `/%${first.charCodeAt(0).toString(16)}${first.slice(1)}/${rest.join('/')}`,
    `/${first}/./${rest.join('/')}`,
    `/livez/..${path}`,
    `${path};x=1`,
    `${path}%20`,
  ])
    await api.trySend({ method: 'DELETE', path: spelling });
}
