import type { Api } from '../../cluster/api.js';
import { tableOf } from './tables.js';

/** Path of an item that does not exist and is in no cache. */
export function absentItem(api: Api): string {
  return api.resource.item(api.resource.absent());
}

/** Statuses of an answer to POST that has made an item. */
export function madeStatuses({ contract, resource }: Api): number[] {
  if (contract.isOwn) return [201];
  return resource.created.length > 0 ? resource.created : [200, 201, 202];
}

/** The first line of such an answer, as it comes over the wire. */
export function madeLine(api: Api): RegExp {
  return new RegExp(`^HTTP/1\\.1 (${madeStatuses(api).join('|')}) `);
}

/** How many items the database has. */
export async function countItems(api: Api): Promise<number> {
  const [row] = await api.fleet.sql.query(`select count(*) as count from ${tableOf(api.resource)}`);
  return Number(row!.count);
}
