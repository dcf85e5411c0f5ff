import type { Api } from '../../cluster/api.js';
import type { Resource } from '../../contract/contract.js';
import { membersOf } from '../../contract/document.js';
import type { Response } from '../../http/exchange.js';
import { Hindrance, Mismatch, summary } from '../../http/expectations.js';
import { namedIn } from '../../http/style.js';

/** For all collections: a document can have a hundred of them. */
const longestMs = 15_000;

/**
 * Makes an item of each collection, from the schema, then with the examples of the document, then with values that the
 * owner of the API gave. Later bodies are made like the first that is taken; collections that take none are left out.
 * @throws Mismatch for the first that takes none, a Hindrance when no collection is left
 */
export async function expectMade(api: Api): Promise<void> {
  const end = performance.now() + longestMs;
  const refused: { resource: Resource; mismatch: Mismatch }[] = [];
  for (const resource of [...api.contract.resources]) {
    if (performance.now() > end) break;
    try {
      await makeOne(api, resource);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      refused.push({ resource, mismatch: error });
    }
  }
  const [first] = refused;
  if (!first) return;
  const without = refused.map(({ resource }) => resource);
  const left = api.contract.resources.filter((resource) => !without.includes(resource));
  if (left.length > 0) api.contract.resources = left;
  const { expected, got, about } = first.mismatch;
  const place = about && {
    ...about,
    operations: without.map(({ path }) => `POST ${path}`),
  };
  throw left.length === 0
    ? new Hindrance('could not make an item', expected, got, place)
    : new Mismatch(expected, got, place);
}

async function makeOne(api: Api, resource: Resource): Promise<void> {
  const { examples, values, input } = resource;
  // The schema of a generated project has all rules of its data.
  const isForeign = !api.contract.isOwn;
  const ways = [
    'schema' as const,
    ...(isForeign && Object.keys(examples).length > 0 ? ['examples' as const] : []),
    ...(isForeign && Object.keys(values).length > 0 ? ['values' as const] : []),
  ];
  let response: Response | undefined;
  for (const way of ways) {
    resource.bodies = way;
    response = await api.send({
      method: 'POST',
      path: resource.path,
      as: 'editor',
      json: await api.body(resource),
    });
    if (response.status < 300) break;
    if (![400, 409, 422].includes(response.status)) break;
    const named = /json/i.test(response.headers['content-type'] ?? '') ? namedIn(response.json()) : [];
    resource.ruled = membersOf(input).filter((name) => named.includes(name) && name in examples);
  }
  const about = { exchange: api.exchanges.at(-1)!, operations: [`POST ${resource.path}`] };
  if (response!.status >= 300) {
    const made = ways.length > 1 ? ', made from its schema and examples' : ', made from its schema';
    throw new Mismatch(`2xx for a body that the document allows${made}`, summary(response!), about);
  }
  const { path } = api.itemOf(response!, resource);
  if (resource.methods.item.includes('DELETE'))
    await api.trySend({ method: 'DELETE', path, as: 'admin', evidence: false });
}
