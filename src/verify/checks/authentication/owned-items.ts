import { randomUUID } from 'node:crypto';
import type { Api, Item } from '../../cluster/api.js';
import { included, type Resource, type Schema } from '../../contract/contract.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectEqual, expectHeader, expectStatus, expectThat, summary } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import { isOver, patienceMs as jobPatienceMs, jobSettings, linesOf } from '../jobs/job.js';
import { NotApplicable, type Row } from '../row.js';
import { includesOf, referencesOf } from '../shared/references.js';

type Headers = Record<string, string>;

const group = 'authentication';
const nobody = '01900000-0000-7000-8000-000000000000';
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

export const ownedItems: Row[] = [
  {
    id: 'OW1',
    group,
    title: 'an item of another owner, by every operation',
    expected:
      'the same response as for an item that does not exist, on every instance, also when it is in the caches, with its entity tag, and for lists below it; nothing changed; 401 without credentials; its owner needs no higher role, and an administrator sees and changes it',
    source: 'OWASP API1:2023; OWASP ASVS V8.2.2; RFC 9110, section 15.5.5',
    remedy:
      'Put the owner into the condition of every statement, and look at the owner of an entry before it leaves a cache.',
    evidence: ['cached', 'balanced'],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      for (const resource of ownedOf(api)) {
        const item = await api.create(resource);
        for (const to of api.origins) await read(api, item.path, api.authorization('reader'), to);
        const attempts = await attemptsAt(api, resource, item);
        for (const headers of [...strangers(api), {}])
          for (const to of api.origins)
            for (const attempt of attempts) await expectAsMissing(api, resource, item, attempt, headers, to);
        const after = await read(api, item.path, api.authorization('reader'));
        expectEqual(after.json(), item.body, 'the item after the attempts of others:');
        await expectFullUse(api, resource, item, api.authorization('admin', randomUUID()));
        await expectFullUse(api, resource, await api.create(resource), api.authorization('reader'));
      }
    },
  },
  {
    id: 'OW2',
    group,
    title: 'lists of items that have owners',
    expected:
      'the items of the caller alone, on every instance, with every filter and order, below other items and after the cursor of another owner; private; an administrator has those of all; 401 without credentials',
    source: 'OWASP API1:2023 and API3:2023; RFC 9111, section 5.2.2.7',
    remedy: 'Add the owner to the conditions of every list, and key caches of pages by the caller.',
    evidence: ['cached'],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      for (const resource of ownedOf(api)) {
        const items = [await api.create(resource), await api.create(resource)];
        const [own, [stranger]] = [api.authorization('reader'), strangers(api)];
        for (const { path, has } of listsWith(api, resource, items[0]!))
          for (const to of api.origins) {
            const page = await read(api, path, own, to);
            if (has) expectHas(page, items[0]!, path);
            expectPrivate(page, path);
            const others = await read(api, path, stranger!, to);
            expectEqual(others.json().data, [], `items at ${path} for a caller who owns none:`);
            expectEqual(others.json().meta.nextCursor, null, 'the cursor after them:');
            if (has)
              expectHas(await read(api, path, api.authorization('admin', randomUUID()), to), items[0]!, path);
            expectStatus(await api.send({ path, to }), 401);
          }
        await expectNothingAfter(api, `${resource.path}?limit=1`, own, stranger!);
      }
    },
  },
  {
    id: 'OW3',
    group,
    title: 'writes that meet items of another owner',
    expected:
      'a reference to one is answered as one to nothing; a unique value that another owner has is free; an Idempotency-Key of another owner replays nothing; what an answer includes is not of another owner',
    source: 'OWASP API1:2023 and API3:2023; OWASP ASVS V8.2.2',
    remedy:
      'Check in the transaction that the caller sees what a row refers to, make keys unique for each owner, and include by the owner.',
    evidence: [],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      for (const resource of ownedOf(api)) {
        const item = await api.create(resource);
        const [stranger] = strangers(api);
        await expectNoReplay(api, resource, stranger!);
        await expectValuesFree(api, resource, item, stranger!);
        await expectReferencesRefused(api, resource, stranger!);
        await expectNotIncluded(api, resource, stranger!);
      }
    },
  },
  {
    id: 'OW4',
    group,
    title: 'exports of items that have owners',
    expected: 'the items of the caller who asked, and no other; for an administrator those of all',
    source: 'OWASP API1:2023; OWASP ASVS V8.2.2',
    remedy:
      'Keep with the job who asked and in which roles, and put the owner into the condition of its statements.',
    evidence: ['asynchronous'],
    needs: ['started', 'jobs', 'accounts', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      await api.fleet.workers();
      for (const resource of ownedOf(api)) {
        const own = api.authorization('reader');
        const [stranger] = strangers(api);
        const item = await api.create(resource);
        const other = await createAs(api, resource, stranger!);
        const admin = api.authorization('admin', randomUUID());
        for (const [headers, wanted, unwanted] of [
          [own, [item.id], [other.id]],
          [stranger!, [other.id], [item.id]],
          [admin, [item.id, other.id], []],
        ] as const) {
          const ids = await exportedTo(api, resource, headers);
          for (const id of wanted) expectThat(ids.includes(id), `the item ${id} in the export`, ids);
          for (const id of unwanted)
            expectThat(!ids.includes(id), 'no item of another owner in the export', `the item ${id}`);
        }
      }
    },
  },
];

/** The ids in an export that a caller asks for. */
async function exportedTo(api: Api, resource: Resource, headers: Headers): Promise<unknown[]> {
  const accepted = await api.send({ method: 'POST', path: `${resource.path}/exports`, headers });
  expectStatus(accepted, 202);
  const path = `/v1/jobs/${accepted.json().id}`;
  const ended = await until(async () => isOver((await read(api, path, headers)).json()), jobPatienceMs);
  expectThat(ended, `the end of the job within ${jobPatienceMs / 1000} s`, 'a job that goes on');
  return linesOf(await read(api, `${path}/result`, headers)).map(({ id }) => id);
}

/** @throws NotApplicable when the document marks none with `x-owned` */
function ownedOf(api: Api): Resource[] {
  const found = api.contract.resources.filter(({ owned }) => owned);
  if (found.length === 0)
    throw new NotApplicable('the document has no items that belong to callers (x-owned)');
  return found;
}

/** Callers who own nothing. */
function strangers(api: Api): Headers[] {
  return (['reader', 'editor'] as const).map((role) => api.authorization(role, randomUUID()));
}

async function read(api: Api, path: string, headers: Headers, to?: string): Promise<Response> {
  const response = await api.send({ path, headers, ...(to && { to }) });
  expectThat(response.status === 200, `status 200 for GET ${path}`, summary(response));
  return response;
}

type Attempt = Pick<Request, 'method' | 'json'> & { suffix?: string; headers?: Headers };

/** Everything that can be asked of an item, and of lists below it. */
async function attemptsAt(api: Api, resource: Resource, { etag }: Item): Promise<Attempt[]> {
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

/** @throws Mismatch unless the caller is told what there is to tell of no item */
async function expectAsMissing(
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
    `status ${wanted} for ${what} of another owner`,
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
async function expectFullUse(api: Api, resource: Resource, item: Item, headers: Headers): Promise<void> {
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
function listsWith(api: Api, resource: Resource, item: Item): { path: string; has: boolean }[] {
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
    if (child !== resource || parent.owned || typeof item.body[field] !== 'string') return [];
    const path = `${parent.item(item.body[field])}${resource.path.slice(resource.path.lastIndexOf('/'))}`;
    return api.contract.find('GET', path) ? [{ path, has: true }] : [];
  });
  return [...queries.map(({ query, has }) => ({ path: `${resource.path}?${query}`, has })), ...below];
}

function expectHas(page: Response, { id }: Item, path: string): void {
  const ids = page.json().data.map((entry: { id: unknown }) => entry.id);
  expectThat(ids.includes(id), `the item ${id} at ${path}`, `the items ${ids.join(', ')}`);
}

function expectPrivate(page: Response, path: string): void {
  const value = expectHeader(page, 'Cache-Control');
  expectThat(
    /\b(private|no-store)\b/i.test(value) && !/\b(public|s-maxage)\b/i.test(value),
    `"private" or "no-store" at ${path}`,
    `Cache-Control: ${value}`,
  );
}

/** The cursor of an owner shows another caller nothing. */
async function expectNothingAfter(api: Api, path: string, own: Headers, stranger: Headers): Promise<void> {
  const { meta } = (await read(api, path, own)).json();
  expectThat(typeof meta.nextCursor === 'string', 'a nextCursor: there are two items', JSON.stringify(meta));
  const after = `${path}&cursor=${encodeURIComponent(meta.nextCursor)}`;
  const response = await api.send({ path: after, headers: stranger });
  expectStatus(response, 200, 400);
  if (response.status === 200)
    expectEqual(response.json().data, [], 'items after the cursor of another owner:');
}

async function expectNoReplay(api: Api, resource: Resource, stranger: Headers): Promise<void> {
  const json = await api.body(resource);
  const ask = (credentials: Headers, key: string) =>
    api.send({
      method: 'POST',
      path: resource.path,
      headers: { ...credentials, 'idempotency-key': key },
      json,
    });
  const key = randomUUID();
  const made = await ask(api.authorization('reader'), key);
  expectStatus(made, 201);
  const response = await ask(stranger, key);
  expectThat(
    response.headers['idempotent-replayed'] === undefined && !response.text.includes(made.json().id),
    'no replay for another caller with the same Idempotency-Key',
    summary(response),
  );
}

/** Values of an item of another owner are not taken. */
async function expectValuesFree(api: Api, resource: Resource, item: Item, stranger: Headers): Promise<void> {
  const body = await bodyOf(api, resource, stranger);
  const owned = ownedReferencesOf(api, resource).map(({ field }) => field);
  const json = Object.fromEntries(
    Object.keys((resource.input.properties ?? {}) as object).map((name) => [
      name,
      owned.includes(name) ? (body[name] ?? null) : item.body[name],
    ]),
  );
  const response = await api.send({ method: 'POST', path: resource.path, headers: stranger, json });
  expectThat(response.status === 201, 'status 201 with values that another owner has', summary(response));
}

async function expectReferencesRefused(api: Api, resource: Resource, stranger: Headers): Promise<void> {
  for (const { field, parent } of ownedReferencesOf(api, resource)) {
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
      const what = `${method} with "${field}" of another owner`;
      expectThat([409, 422].includes(response.status), `status 409 or 422 for ${what}`, summary(response));
      expectAlike(response, missing, what);
    }
    expectEqual((await read(api, mine.path, stranger)).json(), mine.body, 'the item after that:');
  }
}

/** Where an administrator has made an item refer to one of another owner, its owner does not see that. */
async function expectNotIncluded(api: Api, resource: Resource, stranger: Headers): Promise<void> {
  const names = includesOf(api, resource.item(nobody));
  for (const { field, parent } of ownedReferencesOf(api, resource)) {
    const name = names.find((each) => [field, field.replace(/Id$/, '')].includes(each));
    if (name === undefined) continue;
    const foreign = await api.create(parent);
    const mine = await createAs(api, resource, stranger);
    const changed = await api.send({
      method: 'PATCH',
      path: mine.path,
      headers: api.authorization('admin', randomUUID()),
      json: { [field]: foreign.id },
    });
    expectStatus(changed, 200);
    for (const path of [`${mine.path}?include=${name}`, `${resource.path}?include=${name}&limit=100`]) {
      const body = (await read(api, path, stranger)).json();
      for (const entry of body.data ?? [body])
        if (entry[field] === foreign.id)
          expectEqual(entry[included]?.[name], null, `${included}.${name} of another owner at ${path}:`);
    }
  }
}

function ownedReferencesOf(api: Api, resource: Resource) {
  return referencesOf(api).filter(({ child, parent }) => child === resource && parent.owned);
}

/** A valid body for a caller: what it refers to is the caller's own. */
async function bodyOf(api: Api, resource: Resource, headers: Headers): Promise<Record<string, unknown>> {
  const body = await api.body(resource);
  for (const { field, parent } of ownedReferencesOf(api, resource))
    if (typeof body[field] === 'string') body[field] = (await createAs(api, parent, headers)).id;
  return body;
}

async function createAs(api: Api, resource: Resource, headers: Headers) {
  const json = await bodyOf(api, resource, headers);
  const response = await api.send({ method: 'POST', path: resource.path, headers, json });
  expectThat(response.status === 201, `status 201 for POST ${resource.path}`, summary(response));
  const body = response.json();
  return { id: String(body.id), path: resource.item(body.id), body };
}
