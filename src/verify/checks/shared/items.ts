import type { Api } from '../../cluster/api.js';
import { tableOf } from './tables.js';

/** Path of an item that does not exist and is in no cache. */
export function absentItem(api: Api): string {
  return api.resource.item(api.resource.absent());
}

/** How many items the database has. */
export async function countItems(api: Api): Promise<number> {
  const [row] = await api.fleet.query(`select count(*)::int as count from ${tableOf(api.resource)}`);
  return Number(row!.count);
}
