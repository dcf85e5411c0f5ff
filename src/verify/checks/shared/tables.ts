import type { Api } from '../../cluster/api.js';
import type { Resource } from '../../contract/contract.js';

/** The table of a resource as SQL has it, in quotation marks; with its schema where the owner of the API has said one. */
export function tableOf({ table }: Resource): string {
  return table.split('.').map(quoted).join('.');
}

/** The column of a field. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Does that while the table of a resource has another name: statements on it fail. */
export async function withoutTable<Value>(
  api: Api,
  resource: Resource,
  work: () => Promise<Value>,
): Promise<Value> {
  const parts = resource.table.split('.');
  const name = parts.at(-1)!;
  const away = [...parts.slice(0, -1), `${name}_away`].map(quoted).join('.');
  await api.fleet.sql.query(`alter table ${tableOf(resource)} rename to ${quoted(`${name}_away`)}`);
  try {
    return await work();
  } finally {
    await api.fleet.sql.query(`alter table ${away} rename to ${quoted(name)}`);
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
