import type { Api } from '../../cluster/api.js';
import type { Resource } from '../../contract/contract.js';
import { itemsIn } from '../../contract/conventions.js';
import { expectStatus } from '../../http/expectations.js';
import { largestPageOf, newestFirstOf, queryPath } from './pages.js';
import { newCaller } from './small-limits.js';

/**
 * Remembers the newest items of a resource.
 * @returns a function that gives the ids created since, newest first
 */
export async function watchMade(api: Api, resource = api.resource): Promise<() => Promise<string[]>> {
  const before = new Set(await newest(api, resource));
  return async () => (await newest(api, resource)).filter((id) => !before.has(id));
}

async function newest(api: Api, resource: Resource): Promise<string[]> {
  const path = queryPath(resource, { limit: largestPageOf(resource), sort: newestFirstOf(resource) });
  const response = await api.send({ path, headers: newCaller(api, 'reader') });
  expectStatus(response, 200);
  const { id = 'id' } = resource.names;
  const items = itemsIn(response.json(), resource.names);
  return (items ?? []).map((item) => String((item as Record<string, unknown>)[id]));
}
