import type { Api } from '../../cluster/api.js';
import type { Resource } from '../../contract/contract.js';
import { expectStatus } from '../../http/expectations.js';
import { newCaller } from './small-limits.js';

/**
 * Remembers the newest items of a resource.
 * @returns a function that gives the ids created since, newest first
 */
export async function watchMade(api: Api, resource = api.resource): Promise<() => Promise<string[]>> {
  const before = new Set(await newest(api, resource));
  return async () => (await newest(api, resource)).filter((id) => !before.has(id));
}

async function newest(api: Api, { path, sorts }: Resource): Promise<string[]> {
  const order = sorts.includes('-createdAt') ? '&sort=-createdAt' : '';
  const response = await api.send({ path: `${path}?limit=100${order}`, headers: newCaller(api, 'reader') });
  expectStatus(response, 200);
  return response.json().data.map(({ id }: { id: unknown }) => String(id));
}
