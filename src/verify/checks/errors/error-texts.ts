import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Resource, Schema } from '../../contract/contract.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectThat, summary } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { newAccount, register, registerAgain } from '../shared/accounts.js';
import { absentItem } from '../shared/items.js';

/** Phrases of databases, drivers and runtimes. */
const phrases =
  /duplicate key|violat|constraint|integrity ?error|sqlstate|\b23(50[1-5]|514)\b|unique failed|foreign key|sql(ite|alchemy)|postgres|psycopg|asyncpg|(my|ms)sql|update "|\w_(key|fkey|pkey|idx|unique)\b|Key \(|\bSQL|\bselect\b.+\bfrom\b|\binsert into\b|(relation|column) "|Traceback|node_modules|site-packages|\b127\.0\.0\.1\b/i;
/** Codes of the system's errors: ECONNREFUSED, EPIPE. */
const codes = /\bE[A-Z]{4,}\b/;

export const errorTexts: Row[] = [
  {
    id: 'ER1',
    group: 'errors',
    title: 'expected failures say nothing of the inside',
    expected:
      'conflicts, invalid bodies and 503 without words of the database, SQL, names of constraints, indexes and columns, hosts or ports, in body and headers',
    source: 'OWASP API8:2023; OWASP ASVS V16.5.1; RFC 9457, section 5',
    remedy: 'Answer with a fixed sentence for each kind of failure, and log the message of the database.',
    evidence: [],
    needs: ['started', 'resource', 'writing'],
    quick: false,
    async run(api) {
      const names = await innerNames(api);
      for (const resource of api.contract.resources)
        for (const response of await conflictsOf(api, resource)) expectNothingInner(response, names);
      if (api.contract.find('POST', '/v1/auth/register')) {
        const account = newAccount();
        await register(api, account);
        const again = await registerAgain(api, account);
        expectThat(again.status >= 400, 'a second account with the same address to be refused', again.status);
        expectNothingInner(again, names);
      }
      if (!api.fleet.hasDatabase) return;
      const requests = await requestsToDatabase(api);
      for (const kind of ['reset', 'refuse'] as const) {
        api.fleet.database.set({ kind });
        for (const request of requests) {
          const response = await api.send(request);
          if (api.contract.isOwn)
            expectThat(response.status === 503, 'status 503 without a database', summary(response));
          expectNothingInner(response, names);
        }
      }
    },
  },
];

/** Names that only the database has: constraints, indexes and columns whose names are no fields of the API. */
async function innerNames(api: Api): Promise<string[]> {
  if (!api.fleet.hasDatabase) return [];
  const fields = new Set(api.contract.resources.flatMap((resource) => resource.fields));
  // A name of one word can be a word of a sentence.
  const names = await api.fleet.sql.innerNames();
  return names.filter((name) => name.includes('_') && !fields.has(name));
}

/** Responses to writes that break a unique or a foreign key, or the schema, as far as the resource has such. */
async function conflictsOf(api: Api, resource: Resource): Promise<Response[]> {
  const send = (request: Request) => api.send({ as: 'admin', ...request });
  const body = await api.body(resource);
  const post = (json: unknown) => send({ method: 'POST', path: resource.path, json });
  const responses = [await post(body), await post(body), await post({ ...body, id: 1, [randomUUID()]: {} })];
  const { id } = responses[0]!.status < 300 ? responses[0]!.json() : {};
  if (id !== undefined && resource.methods.item.includes('PUT')) {
    const other = await post(await api.body(resource));
    const path = resource.item(String(other.json().id));
    responses.push(await send({ method: 'PUT', path, json: body }));
  }
  const references = Object.entries((resource.input.properties ?? {}) as Record<string, Schema>).filter(
    ([, schema]) => schema['x-references'],
  );
  for (const [name, schema] of references) {
    responses.push(await post({ ...body, [name]: randomUUID() }));
    const target = api.contract.resources.find(({ path }) => path === schema['x-references']);
    if (target?.methods.item.includes('DELETE') && body[name])
      responses.push(await send({ method: 'DELETE', path: target.item(String(body[name])) }));
  }
  return responses.filter(({ status }) => status >= 400);
}

async function requestsToDatabase(api: Api): Promise<Request[]> {
  const to = api.fleet.instances[0]!.url;
  return [
    { path: absentItem(api), as: 'reader', to },
    { path: `${api.resource.path}?limit=1`, as: 'reader', to },
    { method: 'POST', path: api.resource.path, as: 'editor', json: await api.body(), to },
  ];
}

/** @throws Mismatch when a response contains one of the names, or the message of a database */
function expectNothingInner(response: Response, names: readonly string[]): void {
  const { date, ...headers } = response.headers;
  const said = `${JSON.stringify(headers)} ${response.text}`.replaceAll('\\"', '"');
  const word =
    (phrases.exec(said) ?? codes.exec(said))?.[0] ??
    names.find((name) => new RegExp(`\\b${name}\\b`).test(said));
  expectThat(word === undefined, `nothing of the inside, as "${word}"`, summary(response));
}
