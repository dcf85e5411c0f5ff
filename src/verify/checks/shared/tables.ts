import type { Api } from '../../cluster/api.js';

/** The table of the resource, as the migrations of every project name it. */
export function tableOf(api: Api): string {
  return api.resource.path.split('/').at(-1)!.replaceAll('-', '_');
}

/** The column of a field. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
