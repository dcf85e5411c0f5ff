import type { Api } from '../api.js';
import { expectStatus } from '../expectations.js';
import { newCaller } from './small-limits.js';

/**
 * Remembers the newest items of the resource.
 * @returns tells the ids of those that were made since, newest first
 */
export async function watchMade(api: Api): Promise<() => Promise<string[]>> {
  const before = new Set(await newest(api));
  return async () => (await newest(api)).filter((id) => !before.has(id));
}

async function newest(api: Api): Promise<string[]> {
  const { path, sorts } = api.resource;
  const order = sorts.includes('-createdAt') ? '&sort=-createdAt' : '';
  const response = await api.send({ path: `${path}?limit=100${order}`, headers: newCaller(api, 'reader') });
  expectStatus(response, 200);
  return response.json().data.map(({ id }: { id: unknown }) => String(id));
}
