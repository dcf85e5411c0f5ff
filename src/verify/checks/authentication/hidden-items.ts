import { randomUUID } from 'node:crypto';
import type { Api, Item } from '../../cluster/api.js';
import type { Resource, Schema } from '../../contract/contract.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectEqual, expectHeader, expectStatus, expectThat, summary } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import { isOver, patienceMs as jobPatienceMs, linesOf } from '../jobs/job.js';
import { includesOf, referencesOf } from '../shared/references.js';

export type Headers = Record<string, string>;

export const nobody = '01900000-0000-7000-8000-000000000000';
/** Headers that tell of an item. */
const telling = [
  'etag',
  'last-modified',
  'location',
  'cache-control',
  'cache-status',
  'age',
  'link',
  'allow',
];
/** Members of problem details that differ from request to request. */
const ofRequest = ['requestId', 'traceId', 'instance'];

/** The ids in an export that a caller asks for. */
export async function exportedTo(api: Api, resource: Resource, headers: Headers): Promise<unknown[]> {
  const accepted = await api.send({ method: 'POST', path: `${resource.path}/exports`, headers });
  expectStatus(accepted, 202);
  const path = `/v1/jobs/${accepted.json().id}`;
  const ended = await until(async () => isOver((await read(api, path, headers)).json()), jobPatienceMs);
  expectThat(ended, `the end of the job within ${jobPatienceMs / 1000} s`, 'a job that goes on');
  return linesOf(await read(api, `${path}/result`, headers)).map(({ id }) => id);
}

export async function read(api: Api, path: string, headers: Headers, to?: string): Promise<Response> {
  const response = await api.send({ path, headers, ...(to && { to }) });
  expectThat(response.status === 200, `status 200 for GET ${path}`, summary(response));
  return response;
}

type Attempt = Pick<Request, 'method' | 'json'> & { suffix?: string; headers?: Headers };

/** Everything that can be asked of an item, and of lists below it. */
export async function attemptsAt(api: Api, resource: Resource, { etag }: Item): Promise<Attempt[]> {
  const methods = resource.methods.item.filter((method) => method !== 'OPTIONS');
  const attempts: Attempt[] = [];
  for (const method of methods) {
    const json = ['PUT', 'PATCH'].includes(method) ? { json: await api.body(resource) } : {};
    const conditions =
      method === 'GET' || method === 'HEAD'
        ? [{ 'if-none-match': etag }, { 'if-none-match': '*' }]
        : [
            { 'if-match': etag },
            { 'if-match': '*' },
            { 'if-match': `${etag}, "0"` },
            { 'if-none-match': '*' },
          ];
    for (const headers of [{}, ...conditions]) attempts.push({ method, ...json, headers });
  }
  const below = api.contract.operations.filter(
    ({ method, path }) => method === 'GET' && path.startsWith(`${resource.path}/{`),
  );
  for (const { path, source } of below) {
    const suffix = path.slice(path.indexOf('}') + 1);
    const names = ((source.parameters ?? []) as Schema[]).map(({ name }) => name);
    attempts.push({ suffix });
    if (names.includes('fields')) attempts.push({ suffix: `${suffix}?fields=id` });
    for (const name of includesOf(api, path).slice(0, 1))
      attempts.push({ suffix: `${suffix}?include=${name}` });
  }
  return attempts;
}

/** @throws Mismatch unless the response is the one for an item that does not exist */
export async function expectAsMissing(
  api: Api,
  resource: Resource,
  item: Item,
  { suffix = '', ...attempt }: Attempt,
  credentials: Headers,
  to: string,
): Promise<void> {
  const ask = (id: string) =>
    api.send({
      ...attempt,
      path: `${resource.item(id)}${suffix}`,
      headers: { ...attempt.headers, ...credentials },
      to,
    });
  const [response, missing] = [await ask(item.id), await ask(nobody)];
  const conditions = Object.entries(attempt.headers ?? {}).map(([name, value]) => ` with ${name}: ${value}`);
  const what = `${attempt.method ?? 'GET'} ${resource.path}/{id}${suffix}${conditions.join('')}`;
  const wanted = 'authorization' in credentials ? 404 : 401;
  // A condition that names a version may fail before anybody looks for the item (RFC 9110, section 13.2.2).
  const alternatives = conditions.length > 0 && wanted === 404 ? [404, 412] : [wanted];
  expectThat(
    alternatives.includes(response.status),
    `status ${wanted} for ${what} of another ${keeperOf(resource)}`,
    summary(response),
  );
  expectAlike(response, missing, what);
}

function expectAlike(response: Response, missing: Response, what: string): void {
  expectEqual(toldBy(response), toldBy(missing), `for ${what} the same as for an item that does not exist:`);
}

function toldBy({ status, headers, text }: Response): unknown {
  const { ...body } = text === '' ? {} : JSON.parse(text);
  for (const member of ofRequest) delete body[member];
  return [status, Object.fromEntries(telling.map((name) => [name, headers[name] ?? ''])), body];
}

/** Reads, replaces and deletes an item, as those may who see it. */
export async function expectFullUse(
  api: Api,
  resource: Resource,
  item: Item,
  headers: Headers,
): Promise<void> {
  const { path } = item;
  for (const to of api.origins)
    expectEqual((await read(api, path, headers, to)).json(), item.body, 'the item');
  const json = Object.fromEntries(
    Object.keys((resource.input.properties ?? {}) as object).map((name) => [name, item.body[name]]),
  );
  if (resource.methods.item.includes('PUT'))
    expectStatus(await api.send({ method: 'PUT', path, headers, json }), 200);
  if (!resource.methods.item.includes('DELETE')) return;
  expectStatus(await api.send({ method: 'DELETE', path, headers }), 204);
}

/** Lists in every order and with every filter, also below what the item refers to; `has` where the item must be on the page. */
export function listsWith(api: Api, resource: Resource, item: Item): { path: string; has: boolean }[] {
  const newest = resource.sorts.includes('-createdAt') ? 'sort=-createdAt&' : '';
  const exact = Object.keys(resource.filters).flatMap((name) => {
    const value = item.body[name];
    return value === null || value === undefined || typeof value === 'object'
      ? []
      : [{ query: `${newest}${name}=${encodeURIComponent(String(value))}`, has: newest !== '' }];
  });
  const queries = [
    { query: `${newest}limit=100`, has: newest !== '' },
    ...exact,
    ...resource.sorts.map((sort) => ({ query: `sort=${sort}`, has: false })),
    ...includesOf(api, resource.path).map((name) => ({ query: `include=${name}`, has: false })),
  ];
  const below = referencesOf(api).flatMap(({ child, field, parent }) => {
    if (child !== resource || isGuarded(parent) || typeof item.body[field] !== 'string') return [];
    const path = `${parent.item(item.body[field])}${resource.path.slice(resource.path.lastIndexOf('/'))}`;
    return api.contract.find('GET', path) ? [{ path, has: true }] : [];
  });
  return [...queries.map(({ query, has }) => ({ path: `${resource.path}?${query}`, has })), ...below];
}

export function expectHas(page: Response, { id }: Item, path: string): void {
  const ids = page.json().data.map((entry: { id: unknown }) => entry.id);
  expectThat(ids.includes(id), `the item ${id} at ${path}`, `the items ${ids.join(', ')}`);
}

export function expectPrivate(page: Response, path: string): void {
  const value = expectHeader(page, 'Cache-Control');
  expectThat(
    /\b(private|no-store)\b/i.test(value) && !/\b(public|s-maxage)\b/i.test(value),
    `"private" or "no-store" at ${path}`,
    `Cache-Control: ${value}`,
  );
}

/** The cursor of an owner or a tenant shows another caller nothing. */
export async function expectNothingAfter(
  api: Api,
  path: string,
  own: Headers,
  stranger: Headers,
): Promise<void> {
  const { meta } = (await read(api, path, own)).json();
  expectThat(typeof meta.nextCursor === 'string', 'a nextCursor: there are two items', JSON.stringify(meta));
  const after = `${path}&cursor=${encodeURIComponent(meta.nextCursor)}`;
  const response = await api.send({ path: after, headers: stranger });
  expectStatus(response, 200, 400);
  if (response.status === 200)
    expectEqual(response.json().data, [], 'items after the cursor of another caller:');
}

export async function expectNoReplay(
  api: Api,
  resource: Resource,
  own: Headers,
  stranger: Headers,
): Promise<void> {
  const json = await api.body(resource);
  const ask = (credentials: Headers, key: string) =>
    api.send({
      method: 'POST',
      path: resource.path,
      headers: { ...credentials, 'idempotency-key': key },
      json,
    });
  const key = randomUUID();
  const made = await ask(own, key);
  expectStatus(made, 201);
  const response = await ask(stranger, key);
  expectThat(
    response.headers['idempotent-replayed'] === undefined && !response.text.includes(made.json().id),
    'no replay for another caller with the same Idempotency-Key',
    summary(response),
  );
}

/** Values of an item of another owner or tenant are not taken. */
export async function expectValuesFree(
  api: Api,
  resource: Resource,
  item: Item,
  stranger: Headers,
): Promise<void> {
  const body = await bodyOf(api, resource, stranger);
  const guarded = guardedReferencesOf(api, resource).map(({ field }) => field);
  const json = Object.fromEntries(
    Object.keys((resource.input.properties ?? {}) as object).map((name) => [
      name,
      guarded.includes(name) ? (body[name] ?? null) : item.body[name],
    ]),
  );
  const response = await api.send({ method: 'POST', path: resource.path, headers: stranger, json });
  expectThat(
    response.status === 201,
    `status 201 with values that another ${keeperOf(resource)} has`,
    summary(response),
  );
}

export async function expectReferencesRefused(
  api: Api,
  resource: Resource,
  stranger: Headers,
): Promise<void> {
  for (const { field, parent } of guardedReferencesOf(api, resource)) {
    const foreign = await api.create(parent);
    const mine = await createAs(api, resource, stranger);
    const attempts: [method: string, path: string, body: Record<string, unknown>][] = [
      ['POST', resource.path, await bodyOf(api, resource, stranger)],
      ['PUT', mine.path, await bodyOf(api, resource, stranger)],
      ['PATCH', mine.path, {}],
    ];
    for (const [method, path, body] of attempts) {
      const ask = (id: string) =>
        api.send({ method, path, headers: stranger, json: { ...body, [field]: id } });
      const [response, missing] = [await ask(foreign.id), await ask(nobody)];
      const what = `${method} with "${field}" of another ${keeperOf(resource)}`;
      expectThat([409, 422].includes(response.status), `status 409 or 422 for ${what}`, summary(response));
      expectAlike(response, missing, what);
    }
    expectEqual((await read(api, mine.path, stranger)).json(), mine.body, 'the item after that:');
  }
}

export function guardedReferencesOf(api: Api, resource: Resource) {
  return referencesOf(api).filter(({ child, parent }) => child === resource && isGuarded(parent));
}

/** A valid body for a caller: what it refers to is the caller's own. */
export async function bodyOf(
  api: Api,
  resource: Resource,
  headers: Headers,
): Promise<Record<string, unknown>> {
  const body = await api.body(resource);
  for (const { field, parent } of guardedReferencesOf(api, resource))
    if (typeof body[field] === 'string') body[field] = (await createAs(api, parent, headers)).id;
  return body;
}

export async function createAs(api: Api, resource: Resource, headers: Headers) {
  const json = await bodyOf(api, resource, headers);
  const response = await api.send({ method: 'POST', path: resource.path, headers, json });
  expectThat(response.status === 201, `status 201 for POST ${resource.path}`, summary(response));
  const body = response.json();
  return { id: String(body.id), path: resource.item(body.id), body };
}

/** Whether callers see some items only. */
function isGuarded({ owned, tenant }: Resource): boolean {
  return owned || tenant;
}

/** Whom an item belongs to. */
function keeperOf({ tenant }: Resource): string {
  return tenant ? 'tenant' : 'owner';
}
